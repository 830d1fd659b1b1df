package dev.arrowshelf.client.local;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.MemoryUsage;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Reads the JSON object that an owner answers to STATUS. Fields of a later version are passed
/// over.
public final class OwnerStatus {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final Map<String, String> texts = new HashMap<>();
    private final Map<String, Long> numbers = new HashMap<>();
    private final Map<String, String> features = new HashMap<>();
    private final List<String> warnings = new ArrayList<>();

    private OwnerStatus() {}

    /// Returns the status that a JSON text says.
    public static ShelfStatus parse(String json) {
        OwnerStatus status = new OwnerStatus();
        try (JsonParser parser = FACTORY.createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new ShelfException(
                        ErrorCode.PROTOCOL,
                        "status is no JSON object: token=" + parser.currentToken());
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                status.field(parser);
            }
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL,
                    "status cannot be read: error=" + failure.getMessage(),
                    failure);
        }
        return status.build();
    }

    private void field(JsonParser parser) throws IOException {
        String name = parser.currentName();
        JsonToken token = parser.nextToken();
        if (token == JsonToken.START_OBJECT && name.equals("features")) {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String feature = parser.currentName();
                features.put(feature, parser.nextTextValue());
            }
        } else if (token == JsonToken.START_ARRAY && name.equals("warnings")) {
            while (parser.nextToken() == JsonToken.VALUE_STRING) {
                warnings.add(parser.getText());
            }
        } else if (token == JsonToken.VALUE_NUMBER_INT) {
            numbers.put(name, parser.getLongValue());
        } else if (token == JsonToken.VALUE_STRING) {
            texts.put(name, parser.getText());
        } else {
            parser.skipChildren();
        }
    }

    private ShelfStatus build() {
        MemoryUsage memory =
                new MemoryUsage(
                        number("limit_bytes"),
                        number("resident_bytes"),
                        number("writing_bytes"),
                        number("pool_bytes"),
                        number("unlinked_bytes"),
                        number("spilled_bytes"),
                        number("file_system_free_bytes"),
                        texts.getOrDefault("limited_by", ""));
        return new ShelfStatus(
                texts.getOrDefault("directory", ""),
                texts.getOrDefault("address", ""),
                number("owner_pid"),
                number("tables"),
                memory,
                new ShelfStatus.Traffic(
                        number("evicted"),
                        number("spilled_ever_bytes"),
                        number("restored_ever_bytes")),
                features,
                warnings);
    }

    private long number(String name) {
        return numbers.getOrDefault(name, 0L);
    }
}
