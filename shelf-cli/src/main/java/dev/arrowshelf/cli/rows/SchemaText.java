package dev.arrowshelf.cli.rows;

import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.cli.text.TextTable;
import dev.arrowshelf.cli.text.TextTable.Column;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// Prints schemas.
public final class SchemaText {
    private SchemaText() {}

    /// Prints one line a field, the children of nested ones indented, and the schema's metadata.
    public static void print(Schema schema, PrintStream out) {
        TextTable table =
                new TextTable(
                        List.of(
                                new Column("column", false),
                                new Column("type", false),
                                new Column("nullable", false)));
        schema.getFields().forEach(field -> add(table, field, 0));
        table.print(out);
        Map<String, String> metadata = schema.getCustomMetadata();
        if (metadata != null && !metadata.isEmpty()) {
            out.println();
            TextTable entries =
                    new TextTable(
                            List.of(new Column("metadata", false), new Column("value", false)));
            metadata.forEach((key, value) -> entries.add(List.of(key, value)));
            entries.print(out);
        }
    }

    /// Writes the fields `schema` (an array of columns) and `metadata` (an object) into an object
    /// that was begun.
    public static void writeFields(Schema schema, JsonText json) {
        json.name("schema");
        write(schema.getFields(), json);
        json.name("metadata");
        write(schema.getCustomMetadata(), json);
    }

    private static void add(TextTable table, Field field, int depth) {
        table.add(
                List.of(
                        "  ".repeat(depth) + field.getName(),
                        TypeText.of(field),
                        field.isNullable() ? "yes" : "no"));
        field.getChildren().forEach(child -> add(table, child, depth + 1));
    }

    private static void write(List<Field> fields, JsonText json) {
        json.beginArray();
        for (Field field : fields) {
            json.beginObject().field("name", field.getName()).field("type", TypeText.of(field));
            json.name("nullable").value(field.isNullable());
            if (!field.getChildren().isEmpty()) {
                json.name("children");
                write(field.getChildren(), json);
            }
            if (!field.getMetadata().isEmpty()) {
                json.name("metadata");
                write(field.getMetadata(), json);
            }
            json.endObject();
        }
        json.endArray();
    }

    private static void write(Map<String, String> metadata, JsonText json) {
        json.beginObject();
        metadata.forEach(json::field);
        json.endObject();
    }
}
