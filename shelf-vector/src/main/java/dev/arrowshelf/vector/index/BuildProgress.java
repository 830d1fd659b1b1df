package dev.arrowshelf.vector.index;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.near.Workers;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// How far a build is, and a way to end it.
///
/// Thread rule: every method from any thread.
public final class BuildProgress implements Workers.Watch {
    private final AtomicLong done = new AtomicLong();
    private volatile long total;
    private volatile String phase = "waiting";
    private volatile @Nullable String reason;

    /// Returns what is being done, in a word.
    public String phase() {
        return phase;
    }

    /// Returns the share of the phase that is done, 0 to 1.
    public double share() {
        long whole = total;
        return whole == 0 ? 0 : Math.min(1.0, (double) done.get() / whole);
    }

    /// Ends the build at its next step; it fails with `CANCELLED`.
    public void cancel() {
        cancel("asked for");
    }

    /// Ends the build for a reason.
    void cancel(String why) {
        reason = why;
    }

    void begin(String name, long steps) {
        phase = name;
        done.set(0);
        total = steps;
        done(0);
    }

    @Override
    public void done(long count) {
        done.addAndGet(count);
        String why = reason;
        if (why != null) {
            throw cancelled(why);
        }
    }

    ShelfException cancelled(String why) {
        return new ShelfException(
                ErrorCode.CANCELLED,
                "index build was cancelled: phase=" + phase + ", reason=" + why);
    }
}
