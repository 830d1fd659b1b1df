package dev.arrowshelf.client.local;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How far the owner is with the build of a vector index.
///
/// @param id of the build, for as long as the owner lives
/// @param table what it is of
/// @param index which kind
/// @param state `waiting`, `running`, `done` or `failed`
/// @param phase what is being done, in a word
/// @param share of the phase that is done, 0 to 1
/// @param failure why it failed; null otherwise
public record OwnerBuild(
        long id,
        String table,
        String index,
        String state,
        String phase,
        double share,
        @Nullable ShelfException failure) {
    private static final JsonFactory FACTORY = new JsonFactory();

    /// Returns whether nothing more will happen.
    public boolean isOver() {
        return state.equals("done") || state.equals("failed");
    }

    /// Reads the JSON object of one build. Fields of a later version are passed over.
    static OwnerBuild parse(String text) {
        try (JsonParser json = FACTORY.createParser(text)) {
            json.nextToken();
            return read(json);
        } catch (IOException malformed) {
            throw unreadable(malformed);
        }
    }

    /// Reads the field `builds` of a JSON object.
    static List<OwnerBuild> parseAll(String text) {
        List<OwnerBuild> builds = new ArrayList<>();
        try (JsonParser json = FACTORY.createParser(text)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean wanted = json.currentName().equals("builds");
                json.nextToken();
                if (!wanted) {
                    json.skipChildren();
                    continue;
                }
                while (json.nextToken() == JsonToken.START_OBJECT) {
                    builds.add(read(json));
                }
            }
        } catch (IOException malformed) {
            throw unreadable(malformed);
        }
        return builds;
    }

    private static OwnerBuild read(JsonParser json) throws IOException {
        Map<String, String> fields = new HashMap<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            if (json.nextToken().isScalarValue()) {
                fields.put(name, json.getText());
            } else {
                json.skipChildren();
            }
        }
        String code = fields.get("code");
        try {
            return new OwnerBuild(
                    Long.parseLong(fields.getOrDefault("build", "0")),
                    fields.getOrDefault("table", ""),
                    fields.getOrDefault("index", ""),
                    fields.getOrDefault("state", ""),
                    fields.getOrDefault("phase", ""),
                    Double.parseDouble(fields.getOrDefault("share", "0")),
                    code == null
                            ? null
                            : new ShelfException(
                                    Frame.code(code), fields.getOrDefault("message", "")));
        } catch (NumberFormatException malformed) {
            throw unreadable(malformed);
        }
    }

    private static ShelfException unreadable(Exception cause) {
        return new ShelfException(
                ErrorCode.PROTOCOL, "state of an index build cannot be read", cause);
    }
}
