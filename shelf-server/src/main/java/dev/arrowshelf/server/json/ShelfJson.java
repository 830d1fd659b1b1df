package dev.arrowshelf.server.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.arrowshelf.sql.model.SqlFigures;
import dev.arrowshelf.store.model.MemoryUsage;
import dev.arrowshelf.store.model.ShelfStatus;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;

/// Facts about the shelf and its tables as JSON objects; field names are part of the protocol.
public final class ShelfJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private ShelfJson() {}

    /// Returns the state of a shelf and of the queries over it.
    public static String of(ShelfStatus status, SqlFigures queries) {
        return object(json -> {
            json.writeStringField("directory", status.directory());
            json.writeStringField("address", status.address());
            json.writeNumberField("owner_pid", status.ownerPid());
            json.writeNumberField("tables", status.tables());
            memory(json, status.memory());
            json.writeNumberField("evicted", status.traffic().evicted());
            json.writeNumberField("spilled_ever_bytes", status.traffic().spilledBytes());
            json.writeNumberField("restored_ever_bytes", status.traffic().restoredBytes());
            json.writeObjectFieldStart("features");
            for (Map.Entry<String, String> feature : new TreeMap<>(status.features()).entrySet()) {
                json.writeStringField(feature.getKey(), feature.getValue());
            }
            json.writeEndObject();
            sql(json, queries);
            json.writeArrayFieldStart("warnings");
            for (String warning : status.warnings()) {
                json.writeString(warning);
            }
            json.writeEndArray();
        });
    }

    /// Returns the facts about a table.
    public static String of(TableInfo table) {
        return object(json -> facts(json, table));
    }

    /// Returns everything known about a table.
    public static String of(TableDetails table) {
        return object(json -> {
            facts(json, table.info());
            json.writeNumberField("expires_millis", table.expiresMillis());
            json.writeNumberField("max_idle_millis", table.mostIdleMillis());
            json.writeNumberField("last_use_millis", table.lastUseMillis());
            json.writeNumberField("uses", table.uses());
            json.writeNumberField("spilled_partitions", table.spilledPartitions());
            json.writeStringField("metadata", table.metadata());
        });
    }

    private static void facts(JsonGenerator json, TableInfo table) throws IOException {
        json.writeStringField("name", table.name());
        json.writeNumberField("generation", table.generation());
        json.writeNumberField("rows", table.rows());
        json.writeNumberField("bytes", table.bytes());
        json.writeNumberField("columns", table.columns());
        json.writeNumberField("partitions", table.partitions());
        json.writeNumberField("created_millis", table.createdMillis());
    }

    private static void sql(JsonGenerator json, SqlFigures queries) throws IOException {
        json.writeObjectFieldStart("sql");
        json.writeNumberField("running", queries.use().running());
        json.writeNumberField("waiting", queries.use().waiting());
        json.writeNumberField("held_tables", queries.use().tables());
        json.writeNumberField("held_blocks", queries.use().blocks());
        json.writeNumberField("held_objects", queries.use().objects());
        json.writeNumberField("kept_results", queries.keptResults());
        json.writeNumberField("kept_bytes", queries.keptBytes());
        json.writeNumberField("result_hits", queries.resultHits());
        json.writeNumberField("result_misses", queries.resultMisses());
        json.writeNumberField("twin_bytes", queries.twinBytes());
        json.writeNumberField("instances", queries.instances());
        json.writeEndObject();
    }

    private static void memory(JsonGenerator json, MemoryUsage memory) throws IOException {
        json.writeNumberField("limit_bytes", memory.limit());
        json.writeStringField("limited_by", memory.limitedBy());
        json.writeNumberField("resident_bytes", memory.resident());
        json.writeNumberField("writing_bytes", memory.writing());
        json.writeNumberField("pool_bytes", memory.pool());
        json.writeNumberField("unlinked_bytes", memory.unlinked());
        json.writeNumberField("spilled_bytes", memory.spilled());
        json.writeNumberField("file_system_free_bytes", memory.fileSystemFree());
    }

    /// Returns an object with the fields that are written.
    public static String object(Fields fields) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return text.toString();
    }

    /// Writes the fields of an object.
    @FunctionalInterface
    public interface Fields {
        /// Writes them.
        void write(JsonGenerator json) throws IOException;
    }
}
