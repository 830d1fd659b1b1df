package dev.arrowshelf.cli.line;

import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.store.model.TableInfo;

/// The facts about a table as JSON fields, the same for `list`, `info` and `put`.
public final class TableFacts {
    private TableFacts() {}

    /// Writes the fields into an object that was begun.
    public static void write(TableInfo table, JsonText json) {
        json.field("name", table.name())
                .field("generation", table.generation())
                .field("rows", table.rows())
                .field("bytes", table.bytes())
                .field("columns", table.columns())
                .field("partitions", table.partitions())
                .field("created_millis", table.createdMillis());
    }
}
