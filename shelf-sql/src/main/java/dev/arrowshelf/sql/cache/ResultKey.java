package dev.arrowshelf.sql.cache;

import dev.arrowshelf.sql.model.SqlRequest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What makes two requests the same: text and values.
///
/// @param sql the statement as written
/// @param positional values of positional parameters
/// @param named values of named parameters
public record ResultKey(
        String sql, List<@Nullable Object> positional, Map<String, @Nullable Object> named) {
    /// Copies the values.
    public ResultKey {
        positional = Collections.unmodifiableList(positional);
        named = Collections.unmodifiableMap(new LinkedHashMap<>(named));
    }

    /// Returns the key of a request.
    public static ResultKey of(SqlRequest request) {
        return new ResultKey(request.sql(), request.positional(), request.named());
    }

    /// Returns whether requests of this key can be told from others: arrays of bytes cannot.
    public boolean isExact() {
        return Stream.concat(positional.stream(), named.values().stream())
                .filter(Objects::nonNull)
                .noneMatch(value -> value instanceof byte[] || value instanceof List<?>);
    }
}
