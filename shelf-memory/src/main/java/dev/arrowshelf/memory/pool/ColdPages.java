package dev.arrowshelf.memory.pool;

/// Who makes the pages of a blank that do not exist yet.
public enum ColdPages {
    /// Whoever takes the blank populates them before writing, through its mapping.
    LEFT_TO_TAKER,
    /// The pool allocates them before it hands the blank out.
    ALLOCATED
}
