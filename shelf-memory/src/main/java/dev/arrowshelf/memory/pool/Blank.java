package dev.arrowshelf.memory.pool;

import dev.arrowshelf.memory.FileHandle;
import java.io.IOException;
import java.nio.file.Path;

/// A file in `tmp/` that belongs to whoever took it: room for a table, some of it with pages
/// already.
///
/// Its content is zero or whatever was there before. Used by one thread at a time. `close` closes
/// the descriptor and leaves the file; [WarmPool#giveBack] is the way to be rid of both.
public final class Blank implements AutoCloseable {
    /// Blanks from twice this size on, and everything in the pool, are whole multiples of it.
    static final long STEP_BYTES = 2L << 20;

    private static final long EXACT_BELOW_BYTES = 2 * STEP_BYTES;

    private final FileHandle file;
    private final long generation;
    private long bytes;
    private long warmBytes;
    private long usedBytes;

    Blank(FileHandle file, long generation, long bytes, long warmBytes, long usedBytes) {
        this.file = file;
        this.generation = generation;
        this.bytes = bytes;
        this.warmBytes = warmBytes;
        this.usedBytes = usedBytes;
    }

    /// How long a file for that much content is.
    public static long roundedSize(long bytes) {
        if (bytes < EXACT_BELOW_BYTES) {
            return bytes;
        }
        return Math.multiplyExact(Math.ceilDiv(bytes, STEP_BYTES), STEP_BYTES);
    }

    /// Where it lies, below `tmp/`.
    public Path path() {
        return file.path();
    }

    /// The open file, for reading and writing.
    public FileHandle file() {
        return file;
    }

    /// The file's length.
    public long bytes() {
        return bytes;
    }

    /// How many bytes from the begin have pages; above, writing through a mapping must populate
    /// first.
    public long warmBytes() {
        return warmBytes;
    }

    /// How many bytes from the begin hold what was there before; the rest is zero.
    public long usedBytes() {
        return usedBytes;
    }

    /// The number in its name, used by nothing else.
    public long generation() {
        return generation;
    }

    /// Grows the file to hold at least that much, or cuts it to exactly that length.
    ///
    /// @throws dev.arrowshelf.memory.NoSpaceException when the file system is full; the length is
    ///   as before then
    public void resize(long newBytes, ColdPages cold) throws IOException {
        if (newBytes <= 0) {
            throw new IllegalArgumentException("blank needs a length: bytes=" + newBytes);
        }
        if (newBytes <= bytes) {
            file.truncate(newBytes);
            bytes = newBytes;
            warmBytes = Math.min(warmBytes, newBytes);
            usedBytes = Math.min(usedBytes, newBytes);
            return;
        }
        long rounded = roundedSize(newBytes);
        if (cold == ColdPages.ALLOCATED) {
            try {
                file.allocate(warmBytes, rounded - warmBytes);
                warmBytes = rounded;
            } catch (IOException failure) {
                file.truncate(bytes);
                throw failure;
            }
        } else {
            file.truncate(rounded);
        }
        bytes = rounded;
    }

    void allocateAll() throws IOException {
        file.allocate(warmBytes, bytes - warmBytes);
        warmBytes = bytes;
    }

    /// Closes the descriptor; the second call does nothing.
    @Override
    public void close() {
        file.close();
    }
}
