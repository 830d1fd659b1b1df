package dev.arrowshelf.server.sql;

import dev.arrowshelf.sql.SqlResult;
import org.jspecify.annotations.Nullable;

/// How a query is stopped, from the moment it stands in line. Thread-safe.
final class Cancellation {
    private @Nullable SqlResult result;
    private boolean wanted;

    /// The query runs now; one that was cancelled before is stopped.
    synchronized void begun(SqlResult running) {
        result = running;
        if (wanted) {
            running.cancel();
        }
    }

    synchronized void cancel() {
        wanted = true;
        if (result != null) {
            result.cancel();
        }
    }
}
