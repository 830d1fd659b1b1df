package dev.arrowshelf.server.search;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.model.RowFilter;
import dev.arrowshelf.vector.points.Vectors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a search was given by name: texts, numbers, and lists of such. Immutable.
///
/// Errors: `INVALID_ARGUMENT` for anything that does not fit.
final class CallArguments {
    private static final JsonFactory FACTORY = new JsonFactory();

    /// Lists of vectors are lists of lists of numbers.
    private static final int DEEPEST_LIST = 2;

    private final Map<String, Object> given;

    private CallArguments(Map<String, Object> given) {
        this.given = given;
    }

    /// Reads an object.
    static CallArguments parse(String text) {
        try (JsonParser parser = FACTORY.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw wrong("an object", text);
            }
            return read(parser);
        } catch (IOException malformed) {
            throw unreadable(malformed);
        }
    }

    /// Reads the object that is the only member, `name`, of an object; empty when something else
    /// comes first.
    static Optional<CallArguments> parseMember(String name, byte[] text) {
        try (JsonParser parser = FACTORY.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT
                    || parser.nextToken() != JsonToken.FIELD_NAME
                    || !parser.currentName().equals(name)) {
                return Optional.empty();
            }
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw wrong(name, parser.getText());
            }
            CallArguments arguments = read(parser);
            if (parser.nextToken() != JsonToken.END_OBJECT || parser.nextToken() != null) {
                throw wrong(name, "something follows it");
            }
            return Optional.of(arguments);
        } catch (IOException malformed) {
            throw unreadable(malformed);
        }
    }

    private static ShelfException unreadable(IOException malformed) {
        return new ShelfException(
                ErrorCode.INVALID_ARGUMENT, "arguments of a search cannot be read", malformed);
    }

    private static CallArguments read(JsonParser parser) throws IOException {
        Map<String, Object> given = new HashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            given.put(name, value(parser, 0));
        }
        if (parser.currentToken() != JsonToken.END_OBJECT) {
            throw wrong("an object", "it does not end");
        }
        return new CallArguments(given);
    }

    /// Returns a text, a number, or a list of such; null is an empty text.
    private static Object value(JsonParser parser, int depth) throws IOException {
        return switch (parser.currentToken()) {
            case START_ARRAY -> {
                if (depth == DEEPEST_LIST) {
                    throw wrong("a value", "a list in a list in a list");
                }
                List<Object> values = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    values.add(value(parser, depth + 1));
                }
                yield values;
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_STRING -> parser.getText();
            case VALUE_NULL -> "";
            case null, default -> throw wrong("a value", parser.getText());
        };
    }

    /// Throws when there is an argument of another name.
    void requireKnown(List<String> names) {
        for (String name : given.keySet()) {
            if (!names.contains(name)) {
                throw wrong("none is called " + name, given.get(name));
            }
        }
    }

    boolean has(String name) {
        return given.containsKey(name);
    }

    String text(String name) {
        if (given.get(name) instanceof String text) {
            return text;
        }
        throw wrong(name, given.get(name));
    }

    /// Returns a text, or what to take where none was given.
    String text(String name, String otherwise) {
        return has(name) ? text(name) : otherwise;
    }

    double number(String name) {
        return real(given.get(name));
    }

    /// Returns a count of 1 or more.
    int count(String name) {
        double number = number(name);
        if (number != Math.rint(number) || number < 1 || number > Integer.MAX_VALUE) {
            throw wrong(name, number);
        }
        return (int) number;
    }

    /// Returns texts: one alone, or a list; an empty text is none.
    List<String> texts(String name) {
        return switch (given.get(name)) {
            case String one -> one.isEmpty() ? List.of() : List.of(one);
            case List<?> several -> several.stream().map(String::valueOf).toList();
            case null, default -> throw wrong(name, given.get(name));
        };
    }

    /// Returns rows named by their numbers, or by a boolean column; an empty text is all rows.
    RowFilter filter(String name) {
        return switch (given.get(name)) {
            case String column -> column.isEmpty() ? RowFilter.ALL : RowFilter.column(column);
            case List<?> rows ->
                    RowFilter.rows(rows.stream().mapToLong(CallArguments::row).toArray());
            case null, default -> throw wrong(name, given.get(name));
        };
    }

    /// Returns one vector, or a list of them; empty when a text is given instead.
    Optional<Vectors> vectors(String name) {
        if (given.get(name) instanceof String) {
            return Optional.empty();
        }
        if (!(given.get(name) instanceof List<?> values) || values.isEmpty()) {
            throw wrong(name, given.get(name));
        }
        List<?> rows = values.getFirst() instanceof List<?> ? values : List.of(values);
        double[][] vectors = new double[rows.size()][];
        for (int row = 0; row < vectors.length; row++) {
            if (!(rows.get(row) instanceof List<?> vector) || vector.isEmpty()) {
                throw wrong(name, rows.get(row));
            }
            vectors[row] = vector.stream().mapToDouble(CallArguments::real).toArray();
            if (vectors[row].length != vectors[0].length) {
                throw wrong(name, "vectors of different lengths");
            }
        }
        double[] flat = Arrays.stream(vectors).flatMapToDouble(Arrays::stream).toArray();
        return Optional.of(Vectors.of(flat, vectors[0].length));
    }

    private static long row(@Nullable Object value) {
        return (long) real(value);
    }

    /// Numbers may come as texts: NaN and infinity have no other form.
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
