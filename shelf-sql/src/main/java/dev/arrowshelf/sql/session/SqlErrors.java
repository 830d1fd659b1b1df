package dev.arrowshelf.sql.session;

import dev.arrowshelf.sql.duckdb.DuckDbException;
import dev.arrowshelf.sql.scan.QuerySnapshot;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import org.jspecify.annotations.Nullable;

/// DuckDB's refusals as the shelf's exceptions.
final class SqlErrors {
    private static final int OUT_OF_MEMORY = 3002;
    private static final int PERMISSION = 7003;
    private static final int INTERNAL = 8001;
    private static final int FATAL = 8002;
    private static final int INTERRUPT = 8003;

    private SqlErrors() {}

    /// Returns whether the instance cannot be used any more.
    static boolean isFatal(DuckDbException failure) {
        return failure.code() == FATAL || failure.code() == INTERNAL;
    }

    /// Returns the exception for a failed query.
    ///
    /// @param stopped why it was interrupted, if it was
    static RuntimeException of(
            RuntimeException failure, QuerySnapshot snapshot, StopReason stopped) {
        if (failure instanceof ShelfException) {
            return failure;
        }
        RuntimeException first = snapshot.failure();
        if (first instanceof ShelfException already) {
            return new ShelfException(
                    already.code(), String.valueOf(already.getMessage()), failure);
        }
        if (!(failure instanceof DuckDbException refused)) {
            return new ShelfException(
                    ErrorCode.INTERNAL, "query failed: cause=" + failure, failure);
        }
        String text = String.valueOf(refused.getMessage());
        return switch (refused.code()) {
            case INTERRUPT -> stopped(stopped, refused);
            case OUT_OF_MEMORY -> new ShelfException(ErrorCode.OUT_OF_MEMORY, text, refused);
            case PERMISSION -> new ShelfException(ErrorCode.FORBIDDEN, text, refused);
            case INTERNAL, FATAL -> new ShelfException(ErrorCode.INTERNAL, text, refused);
            default -> new ShelfException(ErrorCode.INVALID_SQL, text, refused);
        };
    }

    /// Returns the exception for a query that was interrupted.
    static ShelfException stopped(StopReason reason, @Nullable Throwable cause) {
        return switch (reason) {
            case TIMEOUT ->
                    new ShelfException(ErrorCode.TIMEOUT, "query took longer than allowed", cause);
            case CANCELLED, NONE ->
                    new ShelfException(ErrorCode.CANCELLED, "query was cancelled", cause);
        };
    }
}
