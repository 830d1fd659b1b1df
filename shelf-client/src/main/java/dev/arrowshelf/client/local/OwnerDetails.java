package dev.arrowshelf.client.local;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/// Reads the JSON object that an owner answers about a table. Fields of a later version are passed
/// over.
public final class OwnerDetails {
    private static final JsonFactory FACTORY = new JsonFactory();

    private final Map<String, String> texts = new HashMap<>();
    private final Map<String, Long> numbers = new HashMap<>();

    private OwnerDetails() {}

    /// Returns the details that a JSON text says.
    public static TableDetails parse(String json) {
        OwnerDetails details = new OwnerDetails();
        try (JsonParser parser = FACTORY.createParser(json)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken token = parser.nextToken();
                if (token == JsonToken.VALUE_NUMBER_INT) {
                    details.numbers.put(name, parser.getLongValue());
                } else if (token == JsonToken.VALUE_STRING) {
                    details.texts.put(name, parser.getText());
                } else {
                    parser.skipChildren();
                }
            }
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL, "details are no JSON: length=" + json.length(), failure);
        }
        return details.build();
    }

    private TableDetails build() {
        TableInfo info =
                new TableInfo(
                        texts.getOrDefault("name", ""),
                        number("generation"),
                        number("rows"),
                        number("bytes"),
                        Math.toIntExact(number("columns")),
                        Math.toIntExact(number("partitions")),
                        number("created_millis"));
        return new TableDetails(
                info,
                number("expires_millis"),
                number("max_idle_millis"),
                number("last_use_millis"),
                number("uses"),
                Math.toIntExact(number("spilled_partitions")),
                texts.getOrDefault("metadata", ""));
    }

    private long number(String name) {
        return numbers.getOrDefault(name, 0L);
    }
}
