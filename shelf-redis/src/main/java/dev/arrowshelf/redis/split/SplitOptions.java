package dev.arrowshelf.redis.split;

import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.layout.PartitionRule;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.time.Duration;
import java.util.Optional;

/// How a file is split into Redis.
///
/// @param keys of the data set
/// @param layout how keys and values are formed
/// @param compression what batches are given; empty: they travel as they are
/// @param splitBy what makes a partition
/// @param limits of chunks
/// @param timeToLive how long it is kept; zero is for ever
/// @param resume whether a broken split of the same file is gone on with
public record SplitOptions(
        DataSetKeys keys,
        Layout layout,
        Optional<Compression> compression,
        PartitionRule splitBy,
        Limits limits,
        Duration timeToLive,
        boolean resume) {
    private static final int MARGIN_DIVISOR = 10;
    private static final Duration LEAST_MARGIN = Duration.ofSeconds(60);

    /// Bounds of chunks.
    ///
    /// @param chunkBytes about how long a chunk of several batches gets
    /// @param inFlight most chunks under way
    public record Limits(long chunkBytes, int inFlight) {
        /// 1 MiB, 256 chunks.
        public static final Limits DEFAULT = new Limits(1 << 20, 256);

        /// Checks the numbers.
        public Limits {
            if (chunkBytes < 1 || chunkBytes > 64 << 20 || inFlight < 1) {
                throw new ShelfException(
                        ErrorCode.INVALID_ARGUMENT,
                        "limit out of range: chunkBytes="
                                + chunkBytes
                                + " (1 to 64 MiB), inFlight="
                                + inFlight);
            }
        }
    }

    /// Checks the prefix and the time.
    public SplitOptions {
        keys.requireFit(layout);
        if (layout == Layout.TIER) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "files are not split into a shelf's tier: known=arrowshelf, arrowredis");
        }
        if (timeToLive.isNegative()) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "time to live is negative: seconds=" + timeToLive.toSeconds());
        }
    }

    /// Returns the defaults for a prefix: our layout, batches as they are, the column `partition`.
    public static SplitOptions of(String prefix) {
        return new SplitOptions(
                new DataSetKeys(prefix),
                Layout.ARROWSHELF,
                Optional.empty(),
                new PartitionRule("partition", 0, 1),
                Limits.DEFAULT,
                Duration.ZERO,
                false);
    }

    /// Returns a copy with another layout.
    public SplitOptions withLayout(Layout other) {
        return new SplitOptions(keys, other, compression, splitBy, limits, timeToLive, resume);
    }

    /// Returns a copy that gives batches a compression.
    public SplitOptions withCompression(Compression other) {
        return new SplitOptions(
                keys, layout, Optional.of(other), splitBy, limits, timeToLive, resume);
    }

    /// Returns a copy with another partition rule.
    public SplitOptions withSplitBy(PartitionRule other) {
        return new SplitOptions(keys, layout, compression, other, limits, timeToLive, resume);
    }

    /// Returns a copy with other limits.
    public SplitOptions withLimits(Limits other) {
        return new SplitOptions(keys, layout, compression, splitBy, other, timeToLive, resume);
    }

    /// Returns a copy that is kept for a time.
    public SplitOptions withTimeToLive(Duration other) {
        return new SplitOptions(keys, layout, compression, splitBy, limits, other, resume);
    }

    /// Returns a copy that resumes or not.
    public SplitOptions withResume(boolean other) {
        return new SplitOptions(keys, layout, compression, splitBy, limits, timeToLive, other);
    }

    /// Returns how long chunks are kept: longer than the manifest.
    Duration chunkTimeToLive() {
        if (timeToLive.isZero()) {
            return Duration.ZERO;
        }
        Duration tenth = timeToLive.dividedBy(MARGIN_DIVISOR);
        return timeToLive.plus(tenth.compareTo(LEAST_MARGIN) > 0 ? tenth : LEAST_MARGIN);
    }
}
