package dev.arrowshelf.store.table.put;

import dev.arrowshelf.store.model.PutOptions;

/// How many rows of a batch may go into one partition.
final class PieceLimits {
    private PieceLimits() {}

    /// Returns whether partitions have a limit at all.
    static boolean any(PutOptions options) {
        return options.partitionRows() > 0 || options.partitionBytes() > 0;
    }

    /// Returns the most rows of a piece of a batch with so many rows and bytes, at least 1; rows
    /// are taken to be equally long.
    static long mostRows(PutOptions options, long rows, long bytes) {
        long most = options.partitionRows() == 0 ? Long.MAX_VALUE : options.partitionRows();
        if (options.partitionBytes() > 0 && bytes > options.partitionBytes()) {
            double fitting = (double) rows * options.partitionBytes() / bytes;
            most = Math.min(most, Math.max(1, (long) fitting));
        }
        return most;
    }
}
