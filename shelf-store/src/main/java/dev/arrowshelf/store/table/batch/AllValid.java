package dev.arrowshelf.store.table.batch;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/// A bitmap of ones that stands in where a table without nulls has no validity bitmap: arrow-java's
/// vectors want one, and would make and fill a new one for each column of each batch. Vectors share
/// the bytes; nobody may write to them.
///
/// Thread-safe. Owns its present bitmap until [#close()]; slices that were handed out keep theirs
/// alive.
public final class AllValid implements AutoCloseable {
    private static final long LEAST_BYTES = 4096;

    private final BufferAllocator allocator;
    private ArrowBuf ones;
    private boolean closed;

    public AllValid(BufferAllocator allocator) {
        this.allocator = allocator;
        this.ones = allocator.getEmpty();
    }

    /// Returns the allocator that the bitmaps belong to.
    public BufferAllocator allocator() {
        return allocator;
    }

    /// Returns a bitmap of so many ones; the caller releases it.
    public synchronized ArrowBuf take(long bits) {
        long bytes = Bitmaps.bytesOf(bits);
        if (closed) {
            return filled(bytes);
        }
        if (bytes > ones.capacity()) {
            ArrowBuf larger = filled(Math.max(LEAST_BYTES, Long.highestOneBit(bytes - 1) << 1));
            ones.close();
            ones = larger;
        }
        ArrowBuf slice = ones.slice(0, bytes);
        slice.getReferenceManager().retain();
        return slice;
    }

    private ArrowBuf filled(long bytes) {
        ArrowBuf buffer = allocator.buffer(bytes);
        buffer.setOne(0, buffer.capacity());
        return buffer;
    }

    @Override
    public synchronized void close() {
        closed = true;
        ones.close();
        ones = allocator.getEmpty();
    }
}
