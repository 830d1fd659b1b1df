package dev.arrowshelf.store.owner;

/// Who gives pages to the part of a planned file that has none yet.
public enum ColdPages {
    /// The writer calls `MADV_POPULATE_WRITE` on each chunk before it writes to it; the file may
    /// have holes until then.
    WRITER_POPULATES,
    /// The owner allocates every page before it hands the file out.
    OWNER_ALLOCATES;

    dev.arrowshelf.memory.pool.ColdPages asOfPool() {
        return switch (this) {
            case WRITER_POPULATES -> dev.arrowshelf.memory.pool.ColdPages.LEFT_TO_TAKER;
            case OWNER_ALLOCATES -> dev.arrowshelf.memory.pool.ColdPages.ALLOCATED;
        };
    }
}
