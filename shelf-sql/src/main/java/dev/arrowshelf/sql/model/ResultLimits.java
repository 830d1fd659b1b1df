package dev.arrowshelf.sql.model;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;

/// How large a result may become. A larger one fails with `TOO_LARGE`, and is never cut short.
///
/// @param rows the most rows
/// @param bytes the most bytes of its vectors
public record ResultLimits(long rows, long bytes) {
    /// As large as it likes.
    public static final ResultLimits NONE = new ResultLimits(Long.MAX_VALUE, Long.MAX_VALUE);

    /// Checks the numbers.
    public ResultLimits {
        if (rows < 0 || bytes < 0) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "must not be negative: rows=" + rows + ", bytes=" + bytes);
        }
    }

    /// Refuses a result that has become too large.
    public void check(long presentRows, long presentBytes) {
        if (presentRows > rows || presentBytes > bytes) {
            throw new ShelfException(
                    ErrorCode.TOO_LARGE,
                    presentRows > rows
                            ? "result has too many rows: most=" + rows
                            : "result is too large: mostBytes=" + bytes);
        }
    }
}
