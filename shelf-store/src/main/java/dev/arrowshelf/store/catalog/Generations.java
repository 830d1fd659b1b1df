package dev.arrowshelf.store.catalog;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// Gives the generations of a shelf: each number once, also over restarts and when the clock is set
/// back. Thread-safe.
public final class Generations implements LongSupplier {
    private final AtomicLong last;

    /// Continues after the highest generation found, or from the clock in microseconds when that is
    /// greater.
    public Generations(InstantSource clock) {
        this.last = new AtomicLong(ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant()));
    }

    /// Makes sure that no generation up to this one is given again.
    public void passOver(long highestFound) {
        last.accumulateAndGet(highestFound, Math::max);
    }

    @Override
    public long getAsLong() {
        return last.incrementAndGet();
    }
}
