package dev.arrowshelf.memory.pool;

/// What became of a file whose pages might be used again.
public enum RecycleAnswer {
    /// It is a blank in the pool now.
    POOLED,
    /// It was unlinked; its memory is free, or is freed when the last reader lets go where leases
    /// tell nothing.
    REMOVED,
    /// Somebody still has it open or mapped: ask again later.
    IN_USE
}
