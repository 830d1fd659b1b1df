package dev.arrowshelf.store.evict;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/// Bytes that readers who do not use them let go of in a moment: nothing else has to leave in their
/// place meanwhile. Thread-safe.
final class Leaving {
    private static final long LETS_GO_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

    private record Part(long bytes, long sinceNanos) {}

    @GuardedBy("this")
    private final Deque<Part> parts = new ArrayDeque<>();

    synchronized void add(long bytes) {
        parts.add(new Part(bytes, System.nanoTime()));
    }

    /// Returns what may be let go of yet.
    synchronized long bytes() {
        long now = System.nanoTime();
        parts.removeIf(part -> now - part.sinceNanos() > LETS_GO_NANOS);
        return parts.stream().mapToLong(Part::bytes).sum();
    }
}
