package dev.arrowshelf.store.directory;

/// Bytes that files take of their file system.
public final class Pages {
    /// The smallest unit that a file takes.
    public static final long BYTES = 4096;

    private Pages() {}

    /// Returns what a file without holes takes.
    public static long of(long fileBytes) {
        return Math.addExact(fileBytes, BYTES - 1) & -BYTES;
    }
}
