package dev.arrowshelf.client.search;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/// How the owner came to the answer of a search.
///
/// @param index what was used
/// @param reason why, in words
/// @param generation of the table that was searched
/// @param searchedRows rows in the search
/// @param skippedRows rows left out, which are no vectors
/// @param skippedQueries queries left unanswered, which are none
public record OwnerFacts(
        String index,
        String reason,
        long generation,
        long searchedRows,
        long skippedRows,
        long skippedQueries) {
    private static final JsonFactory FACTORY = new JsonFactory();

    /// Reads a JSON object. Fields of a later version are passed over.
    public static OwnerFacts parse(String text) {
        Map<String, String> fields = new HashMap<>();
        try (JsonParser json = FACTORY.createParser(text)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                if (json.nextToken().isScalarValue()) {
                    fields.put(name, json.getText());
                } else {
                    json.skipChildren();
                }
            }
            return new OwnerFacts(
                    fields.getOrDefault("index", ""),
                    fields.getOrDefault("reason", ""),
                    number(fields, "generation"),
                    number(fields, "searched_rows"),
                    number(fields, "skipped_rows"),
                    number(fields, "skipped_queries"));
        } catch (IOException | NumberFormatException malformed) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL, "facts about a search cannot be read", malformed);
        }
    }

    private static long number(Map<String, String> fields, String name) {
        return Long.parseLong(fields.getOrDefault(name, "0"));
    }
}
