package dev.arrowshelf.testkit;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// How long a test waits for something that happens in another thread or process. One thread.
public final class Deadline {
    private static final long PAUSE_NANOS = 2_000_000;

    private final long endNanos;

    private Deadline(long endNanos) {
        this.endNanos = endNanos;
    }

    /// Returns a deadline so many seconds from now.
    public static Deadline ofSeconds(long seconds) {
        return new Deadline(System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds));
    }

    /// Returns whether the time is over.
    public boolean hasPassed() {
        return System.nanoTime() - endNanos > 0;
    }

    /// Lets others run for a moment.
    public void pause() {
        LockSupport.parkNanos(PAUSE_NANOS);
    }

    /// Waits for a condition.
    ///
    /// @param what the condition in words, for the message when it does not come true in time
    public void await(String what, BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (hasPassed()) {
                throw new AssertionError("did not happen in time: " + what);
            }
            pause();
        }
    }
}
