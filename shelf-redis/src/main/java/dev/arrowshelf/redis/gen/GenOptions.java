package dev.arrowshelf.redis.gen;

import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;

/// What a data set to measure with looks like.
///
/// @param partitions values of the column `partition`
/// @param batches record batches of each partition
/// @param rows rows of each record batch
/// @param compression of the bodies
/// @param strings how the column of text is made
/// @param seed same seed, same bytes
/// @param workers threads; changes nothing but the time
public record GenOptions(
        int partitions,
        int batches,
        int rows,
        Compression compression,
        Strings strings,
        long seed,
        int workers) {
    private static final int MOST_ROWS = 1 << 24;
    private static final int MOST_CARDINALITY = 10_000_000;

    /// How the column of text is made.
    ///
    /// @param dictionary whether it is dictionary-encoded
    /// @param cardinality number of words
    public record Strings(boolean dictionary, int cardinality) {
        /// Plain text of 5,000 words.
        public static final Strings DEFAULT = new Strings(false, 5000);

        /// Checks the number.
        public Strings {
            requireRange("string cardinality", cardinality, MOST_CARDINALITY);
        }
    }

    /// Checks the numbers.
    public GenOptions {
        requireRange("partitions", partitions, Integer.MAX_VALUE);
        requireRange("batches", batches, Integer.MAX_VALUE);
        requireRange("rows", rows, MOST_ROWS);
        requireRange("workers", workers, 1024);
        requireRange("batches in all", (long) partitions * batches, 1 << 24);
    }

    /// Returns the defaults.
    public static GenOptions defaults() {
        return new GenOptions(
                8,
                8,
                100_000,
                Compression.ZSTD,
                Strings.DEFAULT,
                123,
                Runtime.getRuntime().availableProcessors());
    }

    /// Returns the number of record batches.
    public int allBatches() {
        return partitions * batches;
    }

    /// Returns the number of rows.
    public long allRows() {
        return (long) allBatches() * rows;
    }

    private static void requireRange(String what, long value, long greatest) {
        if (value < 1 || value > greatest) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    what + " out of range: value=" + value + ", least=1, greatest=" + greatest);
        }
    }
}
