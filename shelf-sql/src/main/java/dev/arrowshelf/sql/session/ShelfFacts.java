package dev.arrowshelf.sql.session;

import dev.arrowshelf.sql.scan.SystemTable;
import dev.arrowshelf.sql.tables.TableSource;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.StoredMessages;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The tables about a shelf: `shelf_tables()` and `shelf_partitions()`. Thread-safe.
final class ShelfFacts {
    private static final String TIME = "TIMESTAMPTZ";

    private final TableSource source;

    ShelfFacts(TableSource source) {
        this.source = source;
    }

    SystemTable tables() {
        Map<String, String> columns = new LinkedHashMap<>();
        columns.put("name", "VARCHAR");
        columns.put("generation", "BIGINT");
        columns.put("rows", "BIGINT");
        columns.put("columns", "INTEGER");
        columns.put("partitions", "INTEGER");
        columns.put("bytes", "BIGINT");
        columns.put("created", TIME);
        columns.put("expires", TIME);
        columns.put("most_idle_seconds", "DOUBLE");
        columns.put("last_use", TIME);
        columns.put("uses", "BIGINT");
        columns.put("spilled_partitions", "INTEGER");
        columns.put("metadata", "VARCHAR");
        return new SystemTable(
                "shelf_tables", columns, () -> sorted().stream().map(this::row).toList());
    }

    SystemTable partitions() {
        Map<String, String> columns = new LinkedHashMap<>();
        columns.put("name", "VARCHAR");
        columns.put("generation", "BIGINT");
        columns.put("partition", "INTEGER");
        columns.put("rows", "BIGINT");
        columns.put("bytes", "BIGINT");
        return new SystemTable(
                "shelf_partitions",
                columns,
                () -> {
                    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
                    sorted().forEach(table -> addPartitions(table, rows));
                    return rows;
                });
    }

    private List<TableInfo> sorted() {
        return source.list().stream().sorted(Comparator.comparing(TableInfo::name)).toList();
    }

    private Map<String, @Nullable Object> row(TableInfo table) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("name", table.name());
        row.put("generation", table.generation());
        row.put("rows", table.rows());
        row.put("columns", table.columns());
        row.put("partitions", table.partitions());
        row.put("bytes", table.bytes());
        row.put("created", time(table.createdMillis()));
        TableDetails details = source.details(table.name());
        if (details != null) {
            row.put("expires", time(details.expiresMillis()));
            row.put(
                    "most_idle_seconds",
                    details.mostIdleMillis() == 0 ? null : details.mostIdleMillis() / 1e3);
            row.put("last_use", time(details.lastUseMillis()));
            row.put("uses", details.uses());
            row.put("spilled_partitions", details.spilledPartitions());
            row.put("metadata", details.metadata().isEmpty() ? null : details.metadata());
        }
        return row;
    }

    /// A table that has partitions on disk is not opened for this: that would call them back.
    private void addPartitions(TableInfo info, List<Map<String, @Nullable Object>> rows) {
        TableDetails details = source.details(info.name());
        boolean mapped = details == null || details.spilledPartitions() == 0;
        try (ShelfTable table = mapped ? source.find(info.name()) : null) {
            int count = table == null ? info.partitions() : table.partitionCount();
            for (int partition = 0; partition < count; partition++) {
                Map<String, @Nullable Object> row = new LinkedHashMap<>();
                row.put("name", info.name());
                row.put("generation", table == null ? info.generation() : table.generation());
                row.put("partition", partition);
                if (table != null) {
                    row.put("rows", StoredMessages.of(table, partition).rows());
                    row.put("bytes", StoredMessages.bytesOf(table, partition).byteSize());
                }
                rows.add(row);
            }
        }
    }

    private static @Nullable String time(long millis) {
        return millis == 0 ? null : Instant.ofEpochMilli(millis).toString();
    }
}
