package dev.arrowshelf.store.evict;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.store.catalog.TableKey;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;

/// When tables may be over, soonest first. Thread-safe.
///
/// Time here is wall time that never goes back: where the wall clock is set back, it goes on by the
/// machine's own. So a table lives at most as long as was said, whatever happens to the clock.
final class Deadlines {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final InstantSource wall;
    private final LongSupplier nanos;
    private final long startMillis;
    private final long startNanos;

    @GuardedBy("this")
    private final PriorityQueue<Deadline> queue =
            new PriorityQueue<>(Comparator.comparingLong(Deadline::millis));

    /// When a table may be over.
    record Deadline(TableKey key, long generation, long millis) {}

    Deadlines(InstantSource wall, LongSupplier nanos) {
        this.wall = wall;
        this.nanos = nanos;
        this.startMillis = wall.millis();
        this.startNanos = nanos.getAsLong();
    }

    long nowMillis() {
        long elapsed = (nanos.getAsLong() - startNanos) / NANOS_PER_MILLI;
        return Math.max(wall.millis(), startMillis + elapsed);
    }

    synchronized void add(TableKey key, long generation, long millis) {
        queue.add(new Deadline(key, generation, millis));
    }

    /// Takes out what is due.
    synchronized List<Deadline> due() {
        long now = nowMillis();
        List<Deadline> due = new ArrayList<>();
        for (Deadline first = queue.peek();
                first != null && first.millis() <= now;
                first = queue.peek()) {
            due.add(first);
            queue.remove();
        }
        return due;
    }

    synchronized void clear() {
        queue.clear();
    }
}
