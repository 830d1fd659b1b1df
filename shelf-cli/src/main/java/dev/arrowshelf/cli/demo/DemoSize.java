package dev.arrowshelf.cli.demo;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;

/// How much the demo does.
///
/// @param points number of points
/// @param workers number of worker processes
/// @param seed where the random points begin
public record DemoSize(int points, int workers, long seed) {
    /// As the original program has it.
    public static final DemoSize DEFAULT = new DemoSize(100_000, 6, 42);

    /// Checks the ranges.
    public DemoSize {
        if (points < 100 || points > 5_000_000) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "number of points out of range: points="
                            + points
                            + ", least=100, greatest=5000000");
        }
        if (workers < 1 || workers > 64) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "number of workers out of range: workers="
                            + workers
                            + ", least=1, greatest=64");
        }
    }
}
