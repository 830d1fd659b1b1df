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

    private static final String ENDED_BEFORE = "has been invalidated";
    private static final String TRACE = "\n\nStack Trace:";

    private SqlErrors() {}

    /// Returns whether the instance cannot be used any more.
    static boolean isFatal(DuckDbException failure) {
        return failure.code() == FATAL;
    }

    /// Returns whether DuckDB found a mistake of its own. One that it finds while it plans leaves
    /// the instance as it was; one that it finds later ends it.
    static boolean isInternal(DuckDbException failure) {
        return failure.code() == INTERNAL;
    }

    /// Returns whether a query failed for no other reason than that an earlier one had ended the
    /// instance.
    static boolean isOfDeadInstance(ShelfException failure) {
        return failure.getCause() instanceof DuckDbException refused
                && isFatal(refused)
                && String.valueOf(refused.getMessage()).contains(ENDED_BEFORE);
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
        String text = text(refused);
        return switch (refused.code()) {
            case INTERRUPT -> stopped(stopped, refused);
            case OUT_OF_MEMORY -> new ShelfException(ErrorCode.OUT_OF_MEMORY, text, refused);
            case PERMISSION -> new ShelfException(ErrorCode.FORBIDDEN, text, refused);
            case INTERNAL, FATAL -> new ShelfException(ErrorCode.INTERNAL, text, refused);
            default -> new ShelfException(ErrorCode.INVALID_SQL, text, refused);
        };
    }

    /// Where DuckDB was in its own code says nothing to who asked; the cause has it.
    private static String text(DuckDbException refused) {
        String text = String.valueOf(refused.getMessage());
        int trace = text.indexOf(TRACE);
        return trace < 0 ? text : text.substring(0, trace);
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
