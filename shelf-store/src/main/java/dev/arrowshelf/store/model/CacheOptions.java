package dev.arrowshelf.store.model;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// What makes a shelf a cache: how long tables live, which leave memory, where they go.
///
/// @param retention what puts leave open about a table's life
/// @param eviction when tables leave memory, and which
/// @param spill where they go
/// @param putWait how long a put that does not fit waits for room
/// @param trace file to which puts and uses are appended, for `simulate`
public record CacheOptions(
        Retention retention,
        EvictionOptions eviction,
        SpillOptions spill,
        Duration putWait,
        Optional<Path> trace) {
    /// Tables live until they are deleted, and spill when memory is short.
    public static final CacheOptions DEFAULT =
            new CacheOptions(
                    Retention.DEFAULT,
                    EvictionOptions.DEFAULT,
                    SpillOptions.DEFAULT,
                    Duration.ofSeconds(10),
                    Optional.empty());

    /// Checks the time.
    public CacheOptions {
        if (putWait.isNegative()) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "waiting time is negative: duration=" + putWait);
        }
    }

    /// Returns a copy with another default retention.
    public CacheOptions withRetention(Retention other) {
        return new CacheOptions(other, eviction, spill, putWait, trace);
    }

    /// Returns a copy with other eviction.
    public CacheOptions withEviction(EvictionOptions other) {
        return new CacheOptions(retention, other, spill, putWait, trace);
    }

    /// Returns a copy that spills otherwise.
    public CacheOptions withSpill(SpillOptions other) {
        return new CacheOptions(retention, eviction, other, putWait, trace);
    }

    /// Returns a copy with another waiting time of puts.
    public CacheOptions withPutWait(Duration other) {
        return new CacheOptions(retention, eviction, spill, other, trace);
    }

    /// Returns a copy that records what is put and used.
    public CacheOptions withTrace(Path file) {
        return new CacheOptions(retention, eviction, spill, putWait, Optional.of(file));
    }
}
