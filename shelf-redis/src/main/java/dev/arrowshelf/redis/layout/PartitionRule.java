package dev.arrowshelf.redis.layout;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;

/// What makes a partition.
///
/// @param column whose values; empty: batch number / batches
/// @param width 0: each value is a partition; else a partition is `floor(value / width)`
/// @param batches batches of a partition where there is no column; 0 where there is
public record PartitionRule(String column, long width, int batches) {
    /// Checks the numbers.
    public PartitionRule {
        if (width < 0 || batches < 0) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "partition rule is impossible: width=" + width + ", batches=" + batches);
        }
    }

    /// Returns the partition of a value.
    public long partOf(long value) {
        return width == 0 ? value : Math.floorDiv(value, width);
    }
}
