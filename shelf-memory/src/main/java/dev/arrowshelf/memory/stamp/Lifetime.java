package dev.arrowshelf.memory.stamp;

/// How long a table lives, as its entry in the stamps says.
///
/// @param expiresMillis when it ends, milliseconds since 1970; 0 for not at all
/// @param mostIdleMillis how long it may go unused; 0 for any time
/// @param lastUseMillis when it was used last, milliseconds since 1970
public record Lifetime(long expiresMillis, long mostIdleMillis, long lastUseMillis) {
    /// Checks the times.
    public Lifetime {
        if (expiresMillis < 0 || mostIdleMillis < 0 || lastUseMillis < 0) {
            throw new IllegalArgumentException(
                    "lifetime is negative: expires=%d, mostIdle=%d, lastUse=%d"
                            .formatted(expiresMillis, mostIdleMillis, lastUseMillis));
        }
    }

    /// A table that lives until it is deleted, used now.
    public static Lifetime unlimited(long nowMillis) {
        return new Lifetime(0, 0, nowMillis);
    }
}
