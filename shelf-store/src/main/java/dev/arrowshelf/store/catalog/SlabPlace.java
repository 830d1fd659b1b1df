package dev.arrowshelf.store.catalog;

/// Where a record lies in a slab. Offsets count from the begin of the slab file.
///
/// @param slab generation of the slab
/// @param recordOffset where the record begins
/// @param recordBytes the record with header and padding
/// @param payloadOffset where the IPC stream begins
/// @param payloadBytes length of the IPC stream
public record SlabPlace(
        long slab, int recordOffset, int recordBytes, int payloadOffset, int payloadBytes) {
    /// Nowhere yet.
    public static final SlabPlace NONE = new SlabPlace(0, 0, 0, 0, 0);

    /// Checks that the payload lies in the record.
    public SlabPlace {
        if (recordOffset < 0
                || payloadBytes < 0
                || payloadOffset < recordOffset
                || (long) payloadOffset + payloadBytes > (long) recordOffset + recordBytes) {
            throw new IllegalArgumentException(
                    "payload lies outside its record: recordOffset=%d, recordBytes=%d, payloadOffset=%d, payloadBytes=%d"
                            .formatted(recordOffset, recordBytes, payloadOffset, payloadBytes));
        }
    }
}
