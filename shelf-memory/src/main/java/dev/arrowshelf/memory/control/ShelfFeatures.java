package dev.arrowshelf.memory.control;

/// What the owner found its directory to offer, as readers may know it.
public record ShelfFeatures(boolean leases, boolean hugePages) {
    private static final long LEASES = 1;
    private static final long HUGE_PAGES = 2;

    static ShelfFeatures ofWord(long word) {
        return new ShelfFeatures((word & LEASES) != 0, (word & HUGE_PAGES) != 0);
    }

    long word() {
        return (leases ? LEASES : 0) | (hugePages ? HUGE_PAGES : 0);
    }
}
