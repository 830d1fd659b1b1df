package dev.arrowshelf.sql.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A statement to run and the values of its parameters.
///
/// Values may be null, `Boolean`, any `Number`, `String`, `byte[]`, `java.util.UUID`, `LocalDate`,
/// `LocalTime`, `LocalDateTime`, `Instant`, `OffsetDateTime` or a list of these.
///
/// @param sql one statement that reads
/// @param positional values of `?`, `$1`, `$2`, ...
/// @param named values of `$name`; a statement has either these or the others
/// @param timeout how long it may run; empty: as the engine's options say
/// @param limits how large its result may become
public record SqlRequest(
        String sql,
        List<@Nullable Object> positional,
        Map<String, @Nullable Object> named,
        Optional<Duration> timeout,
        ResultLimits limits) {
    /// Copies the values.
    public SqlRequest {
        positional = Collections.unmodifiableList(new ArrayList<>(positional));
        named = Collections.unmodifiableMap(new LinkedHashMap<>(named));
    }

    /// Returns a request with values of positional parameters.
    public static SqlRequest of(String sql, @Nullable Object... parameters) {
        return new SqlRequest(
                sql, Arrays.asList(parameters), Map.of(), Optional.empty(), ResultLimits.NONE);
    }

    /// Returns a copy with values of named parameters.
    public SqlRequest withNamed(Map<String, @Nullable Object> parameters) {
        return new SqlRequest(sql, positional, parameters, timeout, limits);
    }

    /// Returns a copy with a time limit.
    public SqlRequest withTimeout(Duration limit) {
        return new SqlRequest(sql, positional, named, Optional.of(limit), limits);
    }

    /// Returns a copy whose result may be so large.
    public SqlRequest withLimits(ResultLimits largest) {
        return new SqlRequest(sql, positional, named, timeout, largest);
    }

    /// Returns a copy with values of parameters.
    public SqlRequest withValues(
            List<@Nullable Object> inOrder, Map<String, @Nullable Object> byName) {
        return new SqlRequest(sql, inOrder, byName, timeout, limits);
    }

    /// Returns a copy with other text.
    public SqlRequest withSql(String text) {
        return new SqlRequest(text, positional, named, timeout, limits);
    }
}
