package dev.arrowshelf.server.search;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.vector.VectorSearch;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.RowFilter;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.points.Vectors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the table function `nearest` of SQL was given, read from JSON. Immutable.
///
/// Errors: `INVALID_ARGUMENT` for anything that does not fit.
public final class NearestCall {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final Map<String, Object> given;

    private NearestCall(Map<String, Object> given) {
        this.given = given;
    }

    /// Reads what was given.
    public static NearestCall parse(String wanted) {
        Map<String, Object> given = new HashMap<>();
        try (JsonParser parser = FACTORY.createParser(wanted)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                given.put(name, value(parser));
            }
        } catch (IOException malformed) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "arguments of nearest cannot be read", malformed);
        }
        return new NearestCall(given);
    }

    /// Returns a text, a number, or a list of such; null is an empty text.
    private static Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_ARRAY -> {
                List<Object> values = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    values.add(value(parser));
                }
                yield values;
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_STRING -> parser.getText();
            case VALUE_NULL -> "";
            case null, default -> throw wrong("a value", parser.getText());
        };
    }

    /// Searches, and returns the rows that were found; the caller closes them.
    public ShelfTable rows(VectorSearch search) {
        SearchRequest request =
                new SearchRequest(
                        text("table"),
                        columns(),
                        Metric.parse(text("metric")),
                        IndexKind.parse(text("index")),
                        filter(),
                        number("recall"));
        double k = number("k");
        if (k != Math.rint(k) || k < 1 || k > Integer.MAX_VALUE) {
            throw wrong("k", k);
        }
        if (given.get("queries") instanceof String table) {
            try (PointTable queries = search.vectors(table)) {
                return search.nearestRows(request, queries, (int) k);
            }
        }
        return search.nearestRows(request, queries(), (int) k);
    }

    private List<String> columns() {
        return switch (given.get("columns")) {
            case String one -> one.isEmpty() ? List.of() : List.of(one);
            case List<?> several -> several.stream().map(String::valueOf).toList();
            case null, default -> throw wrong("of_columns", given.get("columns"));
        };
    }

    private RowFilter filter() {
        return switch (given.get("filter")) {
            case String column -> column.isEmpty() ? RowFilter.ALL : RowFilter.column(column);
            case List<?> rows ->
                    RowFilter.rows(rows.stream().mapToLong(row -> (long) real(row)).toArray());
            case null, default -> throw wrong("filter", given.get("filter"));
        };
    }

    /// One vector, or a list of them.
    private Vectors queries() {
        if (!(given.get("queries") instanceof List<?> values) || values.isEmpty()) {
            throw wrong("queries", given.get("queries"));
        }
        List<?> rows = values.getFirst() instanceof List<?> ? values : List.of(values);
        double[][] vectors = new double[rows.size()][];
        for (int row = 0; row < vectors.length; row++) {
            if (!(rows.get(row) instanceof List<?> vector) || vector.isEmpty()) {
                throw wrong("queries", rows.get(row));
            }
            vectors[row] = vector.stream().mapToDouble(NearestCall::real).toArray();
            if (vectors[row].length != vectors[0].length) {
                throw wrong("queries", "vectors of different lengths");
            }
        }
        double[] flat = Arrays.stream(vectors).flatMapToDouble(Arrays::stream).toArray();
        return Vectors.of(flat, vectors[0].length);
    }

    private String text(String name) {
        if (given.get(name) instanceof String text) {
            return text;
        }
        throw wrong(name, given.get(name));
    }

    private double number(String name) {
        return real(given.get(name));
    }

    /// Numbers of SQL may come as texts: NaN and infinity have no other form.
    private static double real(@Nullable Object value) {
        try {
            return value instanceof Double number
                    ? number
                    : Double.parseDouble(String.valueOf(value));
        } catch (NumberFormatException _) {
            throw wrong("a number", value);
        }
    }

    private static ShelfException wrong(String what, @Nullable Object value) {
        return new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                "argument does not fit: function=nearest, argument=" + what + ", value=" + value);
    }
}
