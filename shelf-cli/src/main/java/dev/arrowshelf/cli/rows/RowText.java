package dev.arrowshelf.cli.rows;

import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.cli.text.TextTable;
import dev.arrowshelf.cli.text.TextTable.Column;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjLongConsumer;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/// Prints rows as text.
public final class RowText {
    private RowText() {}

    /// Prints all rows of a reader as one aligned table, which is held in memory: limit the reader
    /// first. Returns how many rows.
    public static long printTable(ArrowReader reader, PrintStream out) throws IOException {
        return print(reader, Long.MAX_VALUE, out);
    }

    /// Prints the first rows of a reader as one aligned table. Returns how many rows there are, or
    /// more than `most`.
    public static long printFirst(ArrowReader reader, long most, PrintStream out)
            throws IOException {
        return print(reader, most, out);
    }

    private static long print(ArrowReader reader, long most, PrintStream out) throws IOException {
        VectorSchemaRoot batch = reader.getVectorSchemaRoot();
        ValueJson values = new ValueJson(reader);
        TextTable table =
                new TextTable(batch.getSchema().getFields().stream().map(RowText::column).toList());
        long rows = 0;
        while (rows <= most && reader.loadNextBatch()) {
            for (int row = 0; row < batch.getRowCount() && rows + row < most; row++) {
                List<String> cells = new ArrayList<>(batch.getFieldVectors().size());
                for (FieldVector vector : batch.getFieldVectors()) {
                    cells.add(cell(vector, row, values));
                }
                table.add(cells);
            }
            rows += batch.getRowCount();
        }
        table.print(out);
        return rows;
    }

    /// Prints each row of a reader as a JSON object on a line of its own. Returns how many rows.
    public static long printJsonLines(ArrowReader reader, PrintStream out) throws IOException {
        return forEachObject(reader, out, (object, _) -> out.println(object));
    }

    /// Prints all rows of a reader as one JSON array of objects, a row a line. Returns how many
    /// rows.
    public static long printJsonArray(ArrowReader reader, PrintStream out) throws IOException {
        long rows =
                forEachObject(
                        reader,
                        out,
                        (object, number) -> out.print((number == 0 ? "[" : ",\n ") + object));
        out.println(rows == 0 ? "[]" : "]");
        return rows;
    }

    /// Hands over each row as a JSON object, with its number. Returns how many rows.
    private static long forEachObject(
            ArrowReader reader, PrintStream out, ObjLongConsumer<JsonText> objects)
            throws IOException {
        VectorSchemaRoot batch = reader.getVectorSchemaRoot();
        ValueJson values = new ValueJson(reader);
        long rows = 0;
        while (reader.loadNextBatch() && !out.checkError()) {
            for (int row = 0; row < batch.getRowCount(); row++) {
                objects.accept(object(batch, row, values), rows + row);
            }
            rows += batch.getRowCount();
        }
        return rows;
    }

    private static JsonText object(VectorSchemaRoot batch, int row, ValueJson values) {
        JsonText line = new JsonText().beginObject();
        for (FieldVector vector : batch.getFieldVectors()) {
            values.write(vector, row, line.name(vector.getName()));
        }
        return line.endObject();
    }

    static String cell(FieldVector vector, int row, ValueJson values) {
        JsonText text = JsonText.plain();
        values.write(vector, row, text);
        return text.toString();
    }

    static Column column(Field field) {
        return new Column(
                field.getName(),
                switch (field.getType()) {
                    case ArrowType.Int _, ArrowType.FloatingPoint _, ArrowType.Decimal _ ->
                            field.getDictionary() == null;
                    default -> false;
                });
    }
}
