package dev.arrowshelf.store.catalog;

/// Where a record lies in a slab. Offsets count from the begin of the slab file.
///
/// @param slab generation of the slab
/// @param recordOffset where the record begins
/// @param recordBytes the record with header and padding
/// @param payloadOffset where the IPC stream begins
/// @param payloadBytes length of the IPC stream
/// @param spilled whether the slab lies on disk
public record SlabPlace(
        long slab,
        int recordOffset,
        int recordBytes,
        int payloadOffset,
        int payloadBytes,
        boolean spilled) {
    /// Nowhere yet.
    public static final SlabPlace NONE = new SlabPlace(0, 0, 0, 0, 0, false);

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

    /// Returns where the record lies whose payload begins at an offset of a slab.
    public static SlabPlace of(
            long slab, int payloadOffset, int payloadBytes, int keyBytes, boolean spilled) {
        int recordOffset = payloadOffset - SlabLayout.payloadOffset(keyBytes);
        return new SlabPlace(
                slab,
                recordOffset,
                SlabLayout.recordBytes(keyBytes, payloadBytes),
                payloadOffset,
                payloadBytes,
                spilled);
    }
}
