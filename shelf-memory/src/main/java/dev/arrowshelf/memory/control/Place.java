package dev.arrowshelf.memory.control;

/// Where a table's bytes lie.
public enum Place {
    /// A record of a slab, among other small tables.
    SLAB(1),
    /// One file for each partition.
    SEGMENTS(2);

    private final int code;

    Place(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static Place of(int code) {
        return code == SLAB.code ? SLAB : SEGMENTS;
    }
}
