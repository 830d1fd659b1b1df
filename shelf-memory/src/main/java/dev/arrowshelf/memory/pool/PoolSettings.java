package dev.arrowshelf.memory.pool;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.memory.DirectoryFeatures;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Objects;
import java.util.function.LongSupplier;

/// How a warm pool works.
///
/// @param directory the shelf directory, with `pool/` and `tmp/` in it
/// @param cap the most the pool may hold; 0 turns it off, and so does a directory that is not tmpfs
/// @param recycle whether pages of dead segments may be written again once nobody maps them
/// @param features what the directory was found to offer
/// @param generations gives the next generation of the shelf
/// @param account counts what the pool has
public record PoolSettings(
        Path directory,
        ByteSize cap,
        boolean recycle,
        DirectoryFeatures features,
        LongSupplier generations,
        PoolAccount account,
        InstantSource clock) {
    public PoolSettings {
        Objects.requireNonNull(directory);
        Objects.requireNonNull(cap);
        Objects.requireNonNull(features);
        Objects.requireNonNull(generations);
        Objects.requireNonNull(account);
        Objects.requireNonNull(clock);
    }

    /// The cap that really holds here, in whole steps.
    long capBytes() {
        return features.tmpfs() ? cap.bytes() / Blank.STEP_BYTES * Blank.STEP_BYTES : 0;
    }

    Path poolDirectory() {
        return directory.resolve("pool");
    }

    Path temporaryDirectory() {
        return directory.resolve("tmp");
    }

    Path blankPath(long generation) {
        return poolDirectory().resolve(fileName(generation));
    }

    Path takenPath(long generation) {
        return temporaryDirectory().resolve(fileName(generation));
    }

    private static String fileName(long generation) {
        return "%016x.blank".formatted(generation);
    }
}
