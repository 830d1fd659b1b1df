package dev.arrowshelf.sql.scan;

import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Rows as JSON objects.
final class JsonLine {
    private JsonLine() {}

    /// Returns an object of texts, numbers, truth values and nulls.
    static String of(Map<String, @Nullable Object> row) {
        return row.entrySet().stream()
                .map(field -> quoted(field.getKey()) + ':' + value(field.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String value(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case Number number -> number.toString();
            case Boolean truth -> truth.toString();
            default -> quoted(value.toString());
        };
    }

    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.chars()
                .forEach(letter -> {
                    if (letter == '"' || letter == '\\') {
                        quoted.append('\\').append((char) letter);
                    } else if (letter < ' ') {
                        quoted.append("\\u%04x".formatted(letter));
                    } else {
                        quoted.append((char) letter);
                    }
                });
        return quoted.append('"').toString();
    }
}
