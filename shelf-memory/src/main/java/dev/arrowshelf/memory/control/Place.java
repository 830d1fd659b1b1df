package dev.arrowshelf.memory.control;

/// Where a table's bytes lie.
public enum Place {
    /// A record of a slab, among other small tables.
    SLAB(1),
    /// One file for each partition.
    SEGMENTS(2),
    /// A record of a slab on disk.
    SPILLED_SLAB(3);

    private final int code;

    Place(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static Place of(int code) {
        return switch (code) {
            case 1 -> SLAB;
            case 3 -> SPILLED_SLAB;
            default -> SEGMENTS;
        };
    }
}
