package dev.arrowshelf.server.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The fields of one flat JSON object from outside: texts, whole numbers, switches and lists of
/// texts. Immutable.
///
/// Errors: `INVALID_ARGUMENT` for anything else.
public final class JsonFields {
    private static final int MOST_TEXT = 1 << 20;
    private static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxStringLength(MOST_TEXT).build())
                    .build();

    private final String what;
    private final Map<String, Object> fields;

    private JsonFields(String what, Map<String, Object> fields) {
        this.what = what;
        this.fields = Map.copyOf(fields);
    }

    /// Reads an object.
    ///
    /// @param what it is, for messages
    /// @param known the names of fields it may have
    public static JsonFields parse(String what, byte[] text, Set<String> known) {
        Map<String, Object> fields = new HashMap<>();
        try (JsonParser parser = FACTORY.createParser(text)) {
            require(parser.nextToken() == JsonToken.START_OBJECT, what, "not an object");
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                require(known.contains(name), what, "unknown field, field=" + name);
                parser.nextToken();
                require(
                        fields.put(name, value(what, name, parser)) == null,
                        what,
                        "field stands twice, field=" + name);
            }
            require(parser.nextToken() == null, what, "something follows the object");
        } catch (IOException malformed) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    what + " is not JSON: bytes=" + text.length,
                    malformed);
        }
        return new JsonFields(what, fields);
    }

    private static Object value(String what, String name, JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case START_ARRAY -> {
                List<String> texts = new ArrayList<>();
                while (parser.nextToken() == JsonToken.VALUE_STRING) {
                    texts.add(parser.getText());
                }
                require(
                        parser.currentToken() == JsonToken.END_ARRAY,
                        what,
                        "not a list of texts, field=" + name);
                yield new Texts(List.copyOf(texts));
            }
            case null, default -> throw bad(what, "unexpected value, field=" + name);
        };
    }

    /// Returns a text.
    public Optional<String> text(String name) {
        return get(name, String.class);
    }

    /// Returns a whole number that is not negative.
    public Optional<Long> number(String name) {
        Optional<Long> number = get(name, Long.class);
        number.ifPresent(value -> require(value >= 0, what, name + "=" + value));
        return number;
    }

    /// Returns a switch.
    public Optional<Boolean> flag(String name) {
        return get(name, Boolean.class);
    }

    /// Returns a list of texts.
    public Optional<List<String>> texts(String name) {
        return get(name, Texts.class).map(Texts::texts);
    }

    private <T> Optional<T> get(String name, Class<T> type) {
        Object value = fields.get(name);
        if (value != null && !type.isInstance(value)) {
            throw bad(what, "wrong type of value, field=" + name);
        }
        return Optional.ofNullable(type.cast(value));
    }

    private static void require(boolean condition, String what, String problem) {
        if (!condition) {
            throw bad(what, problem);
        }
    }

    private static ShelfException bad(String what, String problem) {
        return new ShelfException(ErrorCode.INVALID_ARGUMENT, what + " is malformed: " + problem);
    }

    private record Texts(List<String> texts) {}
}
