package dev.arrowshelf.sql.scan;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A table about the shelf or the engine, made when a query asks for it: in SQL a function without
/// arguments.
///
/// @param name of the function
/// @param columns their SQL types by name, in order
/// @param rows makes the rows: a text, number, truth value or null by column
public record SystemTable(
        String name,
        Map<String, String> columns,
        Supplier<List<Map<String, @Nullable Object>>> rows) {
    private static final String PREFIX = "\u0001 ";

    /// Returns the name that the function's body takes its rows from: no table of a shelf has it.
    String source() {
        return PREFIX + name;
    }

    /// Returns the statement that makes the function.
    public String definition() {
        String types =
                columns.entrySet().stream()
                        .map(column ->
                                JsonLine.quoted(column.getKey())
                                        + ':'
                                        + JsonLine.quoted(column.getValue()))
                        .collect(Collectors.joining(",", "[{", "}]"));
        return """
        CREATE MACRO %s() AS TABLE
        SELECT row.* FROM (SELECT unnest(from_json(facts, '%s')) AS row FROM "%s" AS source(facts));
        """
                .formatted(name, types, source());
    }

    /// Returns the rows as a JSON array.
    String json() {
        return rows.get().stream().map(JsonLine::of).collect(Collectors.joining(",", "[", "]"));
    }
}
