package dev.arrowshelf.redis.read;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// Counts rows and time of one read. Thread-safe.
final class Clock {
    private final long begin;
    private final AtomicLong first = new AtomicLong();
    private final LongAdder rows = new LongAdder();
    private final LongAdder parseNanos = new LongAdder();

    Clock(long begin) {
        this.begin = begin;
    }

    /// Says that rows are at hand.
    ///
    /// @param since when work on them began
    void rows(long count, long since) {
        long now = System.nanoTime();
        if (count > 0 && first.get() == 0) {
            boolean _ = first.compareAndSet(0, now - begin);
        }
        rows.add(count);
        parseNanos.add(now - since);
    }

    long rows() {
        return rows.sum();
    }

    Duration firstRow() {
        return Duration.ofNanos(first.get());
    }

    Duration parse() {
        return Duration.ofNanos(parseNanos.sum());
    }
}
