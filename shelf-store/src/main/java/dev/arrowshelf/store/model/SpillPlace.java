package dev.arrowshelf.store.model;

/// Where a spilled partition lies, and how its bytes are told to be whole.
///
/// @param directory number of the spill directory, from 0
/// @param codec how the bytes are stored
/// @param crc CRC-32 (as zlib) of the segment's bytes
public record SpillPlace(int directory, SpillCodec codec, int crc) {
    /// Most spill directories of a shelf.
    public static final int MOST_DIRECTORIES = 1 << 16;

    /// Checks the number.
    public SpillPlace {
        if (directory < 0 || directory >= MOST_DIRECTORIES) {
            throw new IllegalArgumentException(
                    "spill directory is out of range: number=" + directory);
        }
    }
}
