package dev.arrowshelf.sql.session;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// The line in front of the connections: first come, first served. Thread-safe.
final class QueryQueue {
    private final Semaphore places;
    private final int most;
    private final Duration longestWait;

    QueryQueue(int most, Duration longestWait) {
        this.places = new Semaphore(most, true);
        this.most = most;
        this.longestWait = longestWait;
    }

    /// Waits for a place. Errors: `BUSY` when there is none in time, `CANCELLED` when the thread is
    /// interrupted.
    void enter() {
        try {
            if (!places.tryAcquire(longestWait.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new ShelfException(
                        ErrorCode.BUSY,
                        "too many queries at once: running=%d, waiting=%d, waitedMillis=%d"
                                .formatted(most, places.getQueueLength(), longestWait.toMillis()));
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ShelfException(
                    ErrorCode.CANCELLED, "interrupted while waiting for a place", interrupted);
        }
    }

    void leave() {
        places.release();
    }

    int running() {
        return most - places.availablePermits();
    }

    int waiting() {
        return places.getQueueLength();
    }
}
