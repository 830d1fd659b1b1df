package dev.arrowshelf.redis.progress;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// Counts what is done, by completed bytes and chunks; somebody else looks at it now and then.
/// Thread-safe.
public final class Progress {
    private final LongAdder bytes = new LongAdder();
    private final LongAdder chunks = new LongAdder();
    private final AtomicLong totalBytes = new AtomicLong();
    private final AtomicLong totalChunks = new AtomicLong();

    /// Says how much there is to do.
    public void expect(long allBytes, long allChunks) {
        totalBytes.set(allBytes);
        totalChunks.set(allChunks);
    }

    /// Says that a chunk is done.
    public void done(long chunkBytes) {
        bytes.add(chunkBytes);
        chunks.increment();
    }

    /// Begins anew.
    public void reset() {
        bytes.reset();
        chunks.reset();
    }

    /// Returns the bytes done.
    public long bytes() {
        return bytes.sum();
    }

    /// Returns the chunks done.
    public long chunks() {
        return chunks.sum();
    }

    /// Returns the bytes that there are to do, 0 when not known.
    public long totalBytes() {
        return totalBytes.get();
    }

    /// Returns the chunks that there are to do, 0 when not known.
    public long totalChunks() {
        return totalChunks.get();
    }
}
