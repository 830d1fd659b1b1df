package dev.arrowshelf.server.sql;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.sql.model.ResultLimits;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// How far the queries of one client may go, as it says in the headers of each of its calls; so
/// they are the same for a session, and the server keeps none.
///
/// @param timeout how long one query may run; empty: as the server's options say
/// @param result how large its result may become
public record SessionLimits(Optional<Duration> timeout, ResultLimits result) {
    /// Seconds, whole or not.
    public static final String TIMEOUT = "shelf-timeout";

    /// A number of rows.
    public static final String ROWS = "shelf-max-rows";

    /// A size such as `512MiB`.
    public static final String BYTES = "shelf-max-bytes";

    private static final BigDecimal MOST_SECONDS = BigDecimal.valueOf(Integer.MAX_VALUE);

    /// Reads the headers of a call. Error: `INVALID_ARGUMENT` naming the header.
    ///
    /// @param headers gives the value of one, or null
    public static SessionLimits of(Function<String, @Nullable String> headers) {
        String timeout = headers.apply(TIMEOUT);
        String rows = headers.apply(ROWS);
        String bytes = headers.apply(BYTES);
        try {
            return new SessionLimits(
                    timeout == null ? Optional.empty() : Optional.of(seconds(timeout)),
                    new ResultLimits(
                            rows == null ? Long.MAX_VALUE : Long.parseLong(rows.strip()),
                            bytes == null ? Long.MAX_VALUE : ByteSize.parse(bytes).bytes()));
        } catch (IllegalArgumentException malformed) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "limits of the session are malformed: %s=%s, %s=%s, %s=%s"
                            .formatted(TIMEOUT, timeout, ROWS, rows, BYTES, bytes),
                    malformed);
        }
    }

    private static Duration seconds(String text) {
        BigDecimal seconds = new BigDecimal(text.strip());
        if (seconds.signum() <= 0 || seconds.compareTo(MOST_SECONDS) > 0) {
            throw new IllegalArgumentException("not a time: seconds=" + text);
        }
        return Duration.ofNanos(Math.max(1, seconds.movePointRight(9).longValue()));
    }

    /// Returns a request with these limits.
    public SqlRequest applied(SqlRequest request) {
        SqlRequest limited = request.withLimits(result);
        return timeout.map(limited::withTimeout).orElse(limited);
    }
}
