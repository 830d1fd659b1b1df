package dev.arrowshelf.store.model;

import java.time.Duration;
import java.util.Optional;

/// How long a table is kept, and what its putter says about it.
///
/// @param timeToLive how long the table lives from its put on; empty: as the shelf says; zero:
///   until it is deleted
/// @param mostIdle how long it may go unused; empty: as the shelf says; zero: any time
/// @param metadata the putter's own JSON text about the table; empty for none
public record Retention(
        Optional<Duration> timeToLive, Optional<Duration> mostIdle, String metadata) {
    /// As the shelf says, nothing to tell.
    public static final Retention DEFAULT = new Retention(Optional.empty(), Optional.empty(), "");

    /// Most bytes of metadata.
    public static final int METADATA_LIMIT = 16 << 20;

    /// Checks the times and the length.
    public Retention {
        requireNotNegative("time to live", timeToLive);
        requireNotNegative("idle time", mostIdle);
        if (metadata.length() > METADATA_LIMIT) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "metadata is too long: characters="
                            + metadata.length()
                            + ", greatest="
                            + METADATA_LIMIT);
        }
    }

    private static void requireNotNegative(String what, Optional<Duration> time) {
        if (time.isPresent() && time.get().isNegative()) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, what + " is negative: duration=" + time.get());
        }
    }

    /// Returns a copy with another time to live; zero is for ever.
    public Retention withTimeToLive(Duration time) {
        return new Retention(Optional.of(time), mostIdle, metadata);
    }

    /// Returns a copy with another greatest idle time; zero is any.
    public Retention withMostIdle(Duration time) {
        return new Retention(timeToLive, Optional.of(time), metadata);
    }

    /// Returns a copy with the putter's own JSON text.
    public Retention withMetadata(String json) {
        return new Retention(timeToLive, mostIdle, json);
    }

    /// Returns this with what it leaves open taken from the shelf's own.
    public Retention orElse(Retention shelf) {
        return new Retention(
                timeToLive.or(shelf::timeToLive), mostIdle.or(shelf::mostIdle), metadata);
    }

    /// Returns whether more than a time to live is said, which a slab has no room for.
    public boolean needsDescriptor() {
        return !metadata.isEmpty() || mostIdle.filter(time -> !time.isZero()).isPresent();
    }
}
