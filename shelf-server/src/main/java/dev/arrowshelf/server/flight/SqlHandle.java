package dev.arrowshelf.server.flight;

import com.google.protobuf.ByteString;
import dev.arrowshelf.sql.ParameterRow;
import dev.arrowshelf.sql.SqlEngine;
import dev.arrowshelf.sql.model.SqlRequest;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/// A statement as clients carry it around: its text, and when it has values for its parameters a
/// zero byte and an IPC stream of them. The server keeps nothing.
///
/// @param sql the statement
/// @param parameters an IPC stream of one row; empty: no values
record SqlHandle(String sql, ByteString parameters) {
    /// Returns a statement without values.
    static SqlHandle of(String sql) {
        return new SqlHandle(sql, ByteString.EMPTY);
    }

    static SqlHandle parse(ByteString bytes) {
        for (int position = 0; position < bytes.size(); position++) {
            if (bytes.byteAt(position) == 0) {
                return new SqlHandle(
                        bytes.substring(0, position).toStringUtf8(), bytes.substring(position + 1));
            }
        }
        return of(bytes.toStringUtf8());
    }

    SqlHandle withParameters(byte[] stream) {
        return new SqlHandle(sql, ByteString.copyFrom(stream));
    }

    ByteString bytes() {
        ByteString text = ByteString.copyFrom(sql, StandardCharsets.UTF_8);
        return parameters.isEmpty()
                ? text
                : text.concat(ByteString.copyFrom(new byte[1])).concat(parameters);
    }

    /// Returns what is to be run. Values are given in order; a statement whose parameters have
    /// names gets them by name.
    SqlRequest request(SqlEngine engine) {
        SqlRequest plain = SqlRequest.of(sql);
        if (parameters.isEmpty()) {
            return plain;
        }
        List<@Nullable Object> values = ParameterRow.values(parameters.toByteArray());
        List<String> names =
                engine.signature(plain).parameters().getFields().stream()
                        .map(Field::getName)
                        .toList();
        boolean positional =
                names.stream().allMatch(name -> name.chars().allMatch(Character::isDigit));
        if (positional || names.size() != values.size()) {
            return SqlRequest.of(sql, values.toArray());
        }
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            named.put(names.get(i), values.get(i));
        }
        return plain.withNamed(named);
    }
}
