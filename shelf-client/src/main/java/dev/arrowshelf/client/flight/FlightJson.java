package dev.arrowshelf.client.flight;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.arrowshelf.client.search.SearchPort;
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

    /// Returns the ticket of a search.
    ///
    /// @param queries vectors that are few, or the key of a table
    /// @param rows the key of a table of row numbers that may be answered; empty for none
    /// @param extent `k` or `radius`
    static String search(
            SearchPort.Wanted wanted,
            SearchPort.Queries queries,
            String rows,
            String extent,
            double size) {
        return object(json -> {
            json.writeObjectFieldStart("search");
            json.writeStringField("table", wanted.table());
            json.writeStringField("metric", wanted.metric());
            json.writeStringField("index", wanted.index());
            number(json, "recall", wanted.recall());
            number(json, extent, size);
            if (!wanted.columns().isEmpty()) {
                json.writeArrayFieldStart("columns");
                for (String column : wanted.columns()) {
                    json.writeString(column);
                }
                json.writeEndArray();
            }
            switch (queries) {
                case SearchPort.Queries.Rows(String table) ->
                        json.writeStringField("queries", table);
                case SearchPort.Queries.Vectors(double[] values, int dimensions) ->
                        vectors(json, values, dimensions);
            }
            filter(json, wanted.filter(), rows);
            json.writeEndObject();
        });
    }

    private static void vectors(JsonGenerator json, double[] values, int dimensions)
            throws IOException {
        json.writeArrayFieldStart("queries");
        for (int begin = 0; begin < values.length; begin += Math.max(1, dimensions)) {
            json.writeStartArray();
            for (int at = begin; at < Math.min(values.length, begin + dimensions); at++) {
                json.writeString(Double.toString(values[at])); // NaN is no number of JSON
            }
            json.writeEndArray();
        }
        json.writeEndArray();
    }

    private static void filter(JsonGenerator json, SearchPort.Filter filter, String rows)
            throws IOException {
        if (!rows.isEmpty()) {
            json.writeStringField("rows", rows);
            return;
        }
        switch (filter) {
            case SearchPort.Filter.All _ -> {}
            case SearchPort.Filter.Column(String name) -> json.writeStringField("filter", name);
            case SearchPort.Filter.Condition(String sql) -> json.writeStringField("where", sql);
            case SearchPort.Filter.Rows(long[] numbers) -> {
                json.writeArrayFieldStart("filter");
                for (long number : numbers) {
                    json.writeNumber(number);
                }
                json.writeEndArray();
            }
        }
    }

    private static void number(JsonGenerator json, String name, double value) throws IOException {
        json.writeStringField(name, Double.toString(value));
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

    /// Returns a count among the fields.
    static int count(Map<String, String> fields, String name) {
        return Math.toIntExact(number(fields, name));
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
