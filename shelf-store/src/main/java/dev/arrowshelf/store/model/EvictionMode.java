package dev.arrowshelf.store.model;

/// What becomes of tables that have to leave memory.
public enum EvictionMode {
    /// They go to disk, and come back when they are used.
    SPILL,
    /// They are deleted: the shelf is a cache of what can be had again.
    DROP,
    /// None has to: puts fail when the shelf is full.
    OFF
}
