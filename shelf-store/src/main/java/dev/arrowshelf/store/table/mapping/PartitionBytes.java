package dev.arrowshelf.store.table.mapping;

import java.lang.foreign.MemorySegment;

/// The bytes of one partition of a mapped table, or of the slab it lies in.
///
/// Thread-safe. Memory rule: what [#segment] returns is valid until the caller's count is given
/// back by [#release].
public sealed interface PartitionBytes permits SharedRegion, SpilledBytes {
    /// Returns the bytes, whole and as they were sealed; those on disk are fetched or checked
    /// first.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT` when they are damaged or gone,
    ///   `OUT_OF_MEMORY` when they have to come back and there is no room
    MemorySegment segment();

    /// Returns bytes of which only the metadata is looked at, and nothing is believed: they may not
    /// have been checked yet.
    default MemorySegment unchecked() {
        return segment();
    }

    /// Gives a count back.
    void release();
}
