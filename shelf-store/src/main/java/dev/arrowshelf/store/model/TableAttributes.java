package dev.arrowshelf.store.model;

import java.time.Duration;
import java.util.Optional;

/// What was said about a table at its put, or since.
///
/// @param expiresMillis when it ends, milliseconds since 1970; 0: not by itself
/// @param mostIdleMillis how long it may go unused; 0: any time
/// @param metadata the putter's own JSON text; empty for none
public record TableAttributes(long expiresMillis, long mostIdleMillis, String metadata) {
    /// Nothing was said.
    public static final TableAttributes NONE = new TableAttributes(0, 0, "");

    private static final Duration FOR_EVER = Duration.ofDays(365_000);

    /// Checks the times.
    public TableAttributes {
        if (expiresMillis < 0 || mostIdleMillis < 0) {
            throw new IllegalArgumentException(
                    "lifetime is negative: expires=%d, mostIdle=%d"
                            .formatted(expiresMillis, mostIdleMillis));
        }
    }

    /// Returns what a put's retention means from now on; more than a thousand years are for ever.
    public static TableAttributes of(Retention retention, long nowMillis) {
        long left = millis(retention.timeToLive());
        boolean ends = left != 0 && nowMillis <= Long.MAX_VALUE - left;
        return new TableAttributes(
                ends ? nowMillis + left : 0, millis(retention.mostIdle()), retention.metadata());
    }

    private static long millis(Optional<Duration> time) {
        if (time.isEmpty() || time.get().isZero() || time.get().compareTo(FOR_EVER) > 0) {
            return 0;
        }
        return Math.max(1, time.get().toMillis());
    }

    /// Returns a copy that ends at another time.
    public TableAttributes expiringAt(long millis) {
        return new TableAttributes(millis, mostIdleMillis, metadata);
    }

    /// Returns a copy that may go unused for another time.
    public TableAttributes idleAtMost(long millis) {
        return new TableAttributes(expiresMillis, millis, metadata);
    }
}
