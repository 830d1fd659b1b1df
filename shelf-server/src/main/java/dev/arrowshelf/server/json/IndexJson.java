package dev.arrowshelf.server.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.model.BuildRequest;
import dev.arrowshelf.vector.model.BuildState;
import dev.arrowshelf.vector.model.IndexInfo;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;

/// Vector indexes and their builds as JSON; field names are part of the protocol.
public final class IndexJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private IndexJson() {}

    /// Returns how far a build is.
    public static String of(BuildState build) {
        return written(json -> write(json, build));
    }

    /// Returns the indexes that are there, and the builds.
    public static String of(List<IndexInfo> indexes, List<BuildState> builds) {
        return written(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("indexes");
            for (IndexInfo index : indexes) {
                write(json, index);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("builds");
            for (BuildState build : builds) {
                write(json, build);
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, BuildState build) throws IOException {
        BuildRequest request = build.request();
        json.writeStartObject();
        json.writeNumberField("build", build.id());
        json.writeStringField("table", request.table());
        columns(json, request.columns());
        json.writeStringField("metric", request.metric().text());
        json.writeStringField("index", request.kind().text());
        json.writeNumberField("generation", build.generation());
        json.writeStringField("state", build.stage().text());
        json.writeStringField("phase", build.progress().phase());
        json.writeNumberField("share", build.progress().share());
        json.writeNumberField("millis", build.progress().millis());
        ShelfException failure = build.failure();
        if (failure != null) {
            json.writeStringField("code", failure.code().name());
            json.writeStringField("message", failure.getMessage());
        }
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, IndexInfo index) throws IOException {
        json.writeStartObject();
        json.writeStringField("table", index.table());
        columns(json, index.columns());
        json.writeStringField("metric", index.metric().text());
        json.writeStringField("index", index.kind().text());
        json.writeNumberField("generation", index.generation());
        json.writeNumberField("points", index.size().points());
        json.writeNumberField("skipped_rows", index.size().skipped());
        json.writeNumberField("dimensions", index.size().dimensions());
        json.writeNumberField("bytes", index.size().bytes());
        json.writeNumberField("created_millis", index.size().createdMillis());
        json.writeStringField("settings", index.settings());
        json.writeEndObject();
    }

    private static void columns(JsonGenerator json, List<String> columns) throws IOException {
        json.writeArrayFieldStart("columns");
        for (String column : columns) {
            json.writeString(column);
        }
        json.writeEndArray();
    }

    private static String written(Writing writing) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            writing.to(json);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return text.toString();
    }

    private interface Writing {
        void to(JsonGenerator json) throws IOException;
    }
}
