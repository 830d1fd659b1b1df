package dev.arrowshelf.cli.line;

import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.cli.text.PrintableText;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.encode.EncodedColumns;
import java.util.List;

/// The facts about a table as JSON fields and words, the same for `list`, `info` and `put`.
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

    /// Writes the array `encoded`: what each encoded text column saves.
    public static void writeEncoded(List<EncodedColumns.Column> columns, JsonText json) {
        json.name("encoded").beginArray();
        for (EncodedColumns.Column column : columns) {
            json.beginObject()
                    .field("name", column.name())
                    .field("values", column.values())
                    .field("saved_bytes", column.savedBytes())
                    .endObject();
        }
        json.endArray();
    }

    /// Returns what an encoded text column saves, in words.
    public static String words(EncodedColumns.Column column) {
        return PrintableText.of(column.name())
                + ": "
                + Figures.counted(column.values(), "distinct value")
                + ", "
                + new ByteSize(Math.max(0, column.savedBytes()))
                + " saved";
    }
}
