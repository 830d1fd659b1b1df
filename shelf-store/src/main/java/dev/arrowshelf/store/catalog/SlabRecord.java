package dev.arrowshelf.store.catalog;

import java.lang.foreign.MemorySegment;

/// A live table of a slab.
///
/// @param place where it lies; [SlabPlace#NONE] before it is appended
/// @param generation generation of the table
/// @param key its key
/// @param rows its rows
/// @param columns its top-level columns
/// @param createdMillis when it was put, milliseconds since 1970
/// @param expiresMillis when it ends, milliseconds since 1970; 0: not by itself
public record SlabRecord(
        SlabPlace place,
        long generation,
        TableKey key,
        long rows,
        int columns,
        long createdMillis,
        long expiresMillis) {
    /// A table that does not end by itself.
    public SlabRecord(
            SlabPlace place,
            long generation,
            TableKey key,
            long rows,
            int columns,
            long createdMillis) {
        this(place, generation, key, rows, columns, createdMillis, 0);
    }

    /// Returns the same table at another place.
    public SlabRecord at(SlabPlace other) {
        return new SlabRecord(other, generation, key, rows, columns, createdMillis, expiresMillis);
    }

    /// Returns whether a slab has a whole record of this table where a slot says so: for readers of
    /// slabs on disk, which nobody has checked.
    public static boolean isIn(
            MemorySegment slab,
            TableKey key,
            long generation,
            int payloadOffset,
            int payloadBytes) {
        int at = payloadOffset - SlabLayout.payloadOffset(key.length());
        if (at < SlabLayout.HEADER_BYTES
                || at % SlabLayout.ALIGNMENT != 0
                || payloadBytes < 0
                || at > slab.byteSize() - SlabLayout.RECORD_HEADER_BYTES
                || !SlabLayout.isRecord(slab, at)) {
            return false;
        }
        SlabRecord found = SlabLayout.record(slab, 0, at, true);
        return found.generation() == generation
                && found.place().payloadOffset() == payloadOffset
                && found.place().payloadBytes() == payloadBytes
                && found.key().equals(key);
    }
}
