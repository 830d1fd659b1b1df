package dev.arrowshelf.store.model;

import dev.arrowshelf.memory.ByteSize;
import java.nio.file.Path;
import java.util.Optional;

/// How an owner opens a shelf.
///
/// @param directory the shelf's own directory, created with mode 0700 if missing
/// @param memoryLimit bytes the shelf may take; empty: half of the tmpfs, never more than half of
///   RAM
/// @param warmPool most bytes the warm pool may take; empty: a quarter of the memory limit; 0
///   switches it off
/// @param smallTableLimit tables whose laid-out stream is at most this long go into slabs; 0
///   switches slabs off
/// @param ephemeral whether closing removes the directory and all tables
/// @param features which kernel features may be used where they are found to work
/// @param cache how long tables live, which leave memory, where they go
public record ShelfOptions(
        Path directory,
        Optional<ByteSize> memoryLimit,
        Optional<ByteSize> warmPool,
        int smallTableLimit,
        boolean ephemeral,
        KernelFeatures features,
        CacheOptions cache) {

    /// Largest laid-out stream that goes into a slab by default.
    public static final int DEFAULT_SMALL_TABLE_LIMIT = 64 << 10;

    /// Checks the limits.
    public ShelfOptions {
        if (smallTableLimit < 0 || smallTableLimit > 1 << 20) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "small table limit out of range: bytes="
                            + smallTableLimit
                            + ", greatest="
                            + (1 << 20));
        }
    }

    /// Returns the defaults for a directory.
    public static ShelfOptions of(Path directory) {
        return new ShelfOptions(
                directory,
                Optional.empty(),
                Optional.empty(),
                DEFAULT_SMALL_TABLE_LIMIT,
                false,
                KernelFeatures.ALL,
                CacheOptions.DEFAULT);
    }

    /// Returns a copy with another memory limit.
    public ShelfOptions withMemoryLimit(ByteSize limit) {
        return new ShelfOptions(
                directory,
                Optional.of(limit),
                warmPool,
                smallTableLimit,
                ephemeral,
                features,
                cache);
    }

    /// Returns a copy with another cap of the warm pool.
    public ShelfOptions withWarmPool(ByteSize cap) {
        return new ShelfOptions(
                directory,
                memoryLimit,
                Optional.of(cap),
                smallTableLimit,
                ephemeral,
                features,
                cache);
    }

    /// Returns a copy with another limit for tables in slabs.
    public ShelfOptions withSmallTableLimit(int bytes) {
        return new ShelfOptions(
                directory, memoryLimit, warmPool, bytes, ephemeral, features, cache);
    }

    /// Returns a copy that removes the shelf when it is closed, or not.
    public ShelfOptions withEphemeral(boolean removedAtClose) {
        return new ShelfOptions(
                directory, memoryLimit, warmPool, smallTableLimit, removedAtClose, features, cache);
    }

    /// Returns a copy with other kernel features allowed.
    public ShelfOptions withFeatures(KernelFeatures allowed) {
        return new ShelfOptions(
                directory, memoryLimit, warmPool, smallTableLimit, ephemeral, allowed, cache);
    }

    /// Returns a copy that caches otherwise.
    public ShelfOptions withCache(CacheOptions other) {
        return new ShelfOptions(
                directory, memoryLimit, warmPool, smallTableLimit, ephemeral, features, other);
    }
}
