package dev.arrowshelf.cli.keep;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.SqlSource;
import dev.arrowshelf.cli.line.TableSource;
import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.sql.FileFormat;
import dev.arrowshelf.sql.TableFiles;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.Retention;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.persist.ParquetFolder;
import dev.arrowshelf.store.table.VectorSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A table that is persisted as a Parquet file (`docs/spec/persisted.md`), written and read by
/// DuckDB.
final class ParquetTable {
    private static final String FACTS = "arrowshelf";

    private ParquetTable() {}

    /// What is stored beside the rows.
    private record Facts(long expiresMillis, long mostIdleMillis, String metadata, long partRows) {}

    /// Persists a table; false when there is none. Error: `INVALID_ARGUMENT` for a shelf of another
    /// host.
    static boolean store(
            CommandContext context, Shelf shelf, String name, Path directory, String codec)
            throws IOException {
        TableDetails details = shelf.details(name);
        if (details == null) {
            return false;
        }
        try (TableSource tables = context.choice().openTables()) {
            ParquetFolder.of(directory, name)
                    .store(draft ->
                            TableFiles.writeParquet(
                                    SqlSource.of(tables),
                                    "SELECT * FROM shelf.\"" + name.replace("\"", "\"\"") + '"',
                                    draft,
                                    codec,
                                    Map.of(FACTS, facts(details)),
                                    SqlOptions.defaults()));
        }
        return true;
    }

    private static String facts(TableDetails details) {
        TableInfo info = details.info();
        JsonText json = JsonText.plain().beginObject().field("key", info.name());
        if (details.expiresMillis() > 0) {
            json.field("expires_millis", details.expiresMillis());
        }
        if (details.mostIdleMillis() > 0) {
            json.field("max_idle_millis", details.mostIdleMillis());
        }
        if (!details.metadata().isEmpty()) {
            json.field("metadata", details.metadata());
        }
        if (info.partitions() > 1) {
            json.field("partition_rows", Math.ceilDiv(info.rows(), info.partitions()));
        }
        return json.endObject().toString();
    }

    /// Puts a table that was persisted so; null when there is none, or its time is over. Error:
    /// `INVALID_SQL` for a damaged file.
    static @Nullable TableInfo load(Shelf shelf, String name, Path directory) throws IOException {
        ParquetFolder folder = ParquetFolder.of(directory, name);
        if (!folder.exists()) {
            return null;
        }
        Optional<String> stored =
                TableFiles.parquetMetadata(folder.file(), FACTS, SqlOptions.defaults());
        Facts facts = parse(stored.orElse("{}"));
        Retention kept = Retention.DEFAULT.withMetadata(facts.metadata());
        if (facts.expiresMillis() > 0) {
            long left = facts.expiresMillis() - System.currentTimeMillis();
            if (left <= 0) {
                return null;
            }
            kept = kept.withTimeToLive(Duration.ofMillis(left));
        }
        if (facts.mostIdleMillis() > 0) {
            kept = kept.withMostIdle(Duration.ofMillis(facts.mostIdleMillis()));
        }
        PutOptions options =
                PutOptions.DEFAULT.withRetention(kept).withPartitions(facts.partRows(), 0);
        try (TableFiles rows =
                TableFiles.read(folder.file(), FileFormat.PARQUET, SqlOptions.defaults())) {
            return shelf.put(name, VectorSource.of(rows.reader()), options);
        }
    }

    private static Facts parse(String json) throws IOException {
        long expires = 0;
        long idle = 0;
        long rows = 0;
        String metadata = "";
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            while (parser.nextToken() != null) {
                if (parser.currentToken() != JsonToken.FIELD_NAME) {
                    continue;
                }
                String field = parser.currentName();
                parser.nextToken();
                switch (field) {
                    case "expires_millis" -> expires = parser.getValueAsLong();
                    case "max_idle_millis" -> idle = parser.getValueAsLong();
                    case "partition_rows" -> rows = parser.getValueAsLong();
                    case "metadata" -> metadata = parser.getValueAsString("");
                    default -> parser.skipChildren();
                }
            }
        }
        return new Facts(Math.max(0, expires), Math.max(0, idle), metadata, Math.max(0, rows));
    }
}
