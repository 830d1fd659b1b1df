package dev.arrowshelf.client.flight;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.TableSlice;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The JSON objects in tickets, commands and answers of a daemon.
final class FlightJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private FlightJson() {}

    private interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    /// Returns the ticket for a slice of one generation of a table.
    static String ticket(String name, long generation, TableSlice slice) {
        return object(json -> {
            json.writeStringField("name", name);
            json.writeNumberField("generation", generation);
            if (slice.columns().isPresent()) {
                json.writeArrayFieldStart("columns");
                for (String column : slice.columns().get()) {
                    json.writeString(column);
                }
                json.writeEndArray();
            }
            json.writeNumberField("offset", slice.offset());
            json.writeNumberField("limit", slice.limit());
        });
    }

    /// Returns the command that puts a table.
    static String putCommand(String name, PutOptions options) {
        return object(json -> {
            json.writeStringField("name", name);
            json.writeNumberField("partition_rows", options.partitionRows());
            json.writeNumberField("partition_bytes", options.partitionBytes());
            json.writeBooleanField("replace", options.replace());
            json.writeBooleanField("validate_utf8", options.validateUtf8());
            millis(json, "ttl_millis", options.retention().timeToLive());
            millis(json, "max_idle_millis", options.retention().mostIdle());
            json.writeStringField("metadata", options.retention().metadata());
        });
    }

    /// Returns the body of the action that touches a table.
    static String touch(String name, Optional<Duration> timeToLive, Optional<Duration> mostIdle) {
        return object(json -> {
            json.writeStringField("name", name);
            millis(json, "ttl_millis", timeToLive);
            millis(json, "max_idle_millis", mostIdle);
        });
    }

    /// Returns the body of the actions that persist and load a table.
    static String stored(String name, Path directory, SpillCodec codec, boolean replace) {
        return object(json -> {
            json.writeStringField("name", name);
            json.writeStringField("directory", directory.toString());
            json.writeNumberField("codec", codec.code());
            json.writeBooleanField("replace", replace);
        });
    }

    /// Reads the texts of the first list in an object.
    static List<String> texts(String json) {
        List<String> texts = new ArrayList<>();
        try (JsonParser parser = FACTORY.createParser(json)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.VALUE_STRING) {
                    texts.add(parser.getText());
                }
            }
            return texts;
        } catch (IOException malformed) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL, "answer is not JSON: length=" + json.length(), malformed);
        }
    }

    private static void millis(JsonGenerator json, String name, Optional<Duration> time)
            throws IOException {
        if (time.isPresent()) {
            json.writeNumberField(name, time.get().toMillis());
        }
    }

    private static String object(Fields fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return text.toString();
    }

    /// Reads the facts about a table.
    static TableInfo table(String json) {
        Map<String, String> fields = read(json);
        return new TableInfo(
                fields.getOrDefault("name", ""),
                number(fields, "generation"),
                number(fields, "rows"),
                number(fields, "bytes"),
                Math.toIntExact(number(fields, "columns")),
                Math.toIntExact(number(fields, "partitions")),
                number(fields, "created_millis"));
    }

    /// Reads the scalar fields of an object as text; others are passed over.
    static Map<String, String> read(String json) {
        Map<String, String> fields = new HashMap<>();
        try (JsonParser parser = FACTORY.createParser(json)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                if (parser.nextToken().isScalarValue()) {
                    fields.put(name, parser.getText());
                } else {
                    parser.skipChildren();
                }
            }
            return fields;
        } catch (IOException malformed) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL, "answer is not JSON: length=" + json.length(), malformed);
        }
    }

    private static long number(Map<String, String> fields, String name) {
        try {
            return Long.parseLong(fields.getOrDefault(name, "0"));
        } catch (NumberFormatException malformed) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL, "answer has a bad number: field=" + name, malformed);
        }
    }
}
