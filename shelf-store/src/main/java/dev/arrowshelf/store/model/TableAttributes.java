package dev.arrowshelf.store.model;

/// What was said about a table at its put, or since.
///
/// @param expiresMillis when it ends, milliseconds since 1970; 0: not by itself
/// @param mostIdleMillis how long it may go unused; 0: any time
/// @param metadata the putter's own JSON text; empty for none
public record TableAttributes(long expiresMillis, long mostIdleMillis, String metadata) {
    /// Nothing was said.
    public static final TableAttributes NONE = new TableAttributes(0, 0, "");

    /// Checks the times.
    public TableAttributes {
        if (expiresMillis < 0 || mostIdleMillis < 0) {
            throw new IllegalArgumentException(
                    "lifetime is negative: expires=%d, mostIdle=%d"
                            .formatted(expiresMillis, mostIdleMillis));
        }
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
