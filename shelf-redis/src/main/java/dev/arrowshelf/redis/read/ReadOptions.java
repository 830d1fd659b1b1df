package dev.arrowshelf.redis.read;

import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// What is read of a data set.
///
/// @param keys of the data set
/// @param partitions which, in this order; empty: all
/// @param batches batches of a partition: needed where there is no manifest, checked where there is
/// @param columns which, in this order; empty: all
/// @param allowMissing whether missing chunks are left out instead of being an error
/// @param limits of what is under way
public record ReadOptions(
        DataSetKeys keys,
        Optional<List<Long>> partitions,
        OptionalInt batches,
        Optional<List<String>> columns,
        boolean allowMissing,
        Limits limits) {

    /// Bounds of what is under way.
    ///
    /// @param window most chunks asked for in one go
    /// @param concurrency most goes at once
    /// @param bytes most bytes that were asked for and not yet used
    public record Limits(int window, int concurrency, long bytes) {
        /// 64 keys, 256 times, 64 MiB.
        public static final Limits DEFAULT = new Limits(64, 256, 64L << 20);

        /// Checks the numbers.
        public Limits {
            if (window < 1 || concurrency < 1 || bytes < 1) {
                throw new ShelfException(
                        ErrorCode.INVALID_ARGUMENT,
                        "limit must be positive: window="
                                + window
                                + ", concurrency="
                                + concurrency
                                + ", bytes="
                                + bytes);
            }
        }

        /// Returns the most chunks at once.
        int chunks() {
            return (int) Math.min((long) window * concurrency, Integer.MAX_VALUE);
        }
    }

    /// Copies the lists.
    public ReadOptions {
        partitions = partitions.map(List::copyOf);
        columns = columns.map(List::copyOf);
    }

    /// Returns the defaults for a prefix: everything.
    public static ReadOptions of(String prefix) {
        return new ReadOptions(
                new DataSetKeys(prefix),
                Optional.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                false,
                Limits.DEFAULT);
    }

    /// Returns a copy for some partitions.
    public ReadOptions withPartitions(List<Long> some) {
        return new ReadOptions(keys, Optional.of(some), batches, columns, allowMissing, limits);
    }

    /// Returns a copy that is told how many batches a partition has.
    public ReadOptions withBatches(int number) {
        return new ReadOptions(
                keys, partitions, OptionalInt.of(number), columns, allowMissing, limits);
    }

    /// Returns a copy for some columns.
    public ReadOptions withColumns(List<String> some) {
        return new ReadOptions(keys, partitions, batches, Optional.of(some), allowMissing, limits);
    }

    /// Returns a copy that leaves missing chunks out, or not.
    public ReadOptions withAllowMissing(boolean allowed) {
        return new ReadOptions(keys, partitions, batches, columns, allowed, limits);
    }

    /// Returns a copy with other limits.
    public ReadOptions withLimits(Limits other) {
        return new ReadOptions(keys, partitions, batches, columns, allowMissing, other);
    }
}
