package dev.arrowshelf.cli.rows;

import dev.arrowshelf.cli.text.JsonText;
import java.io.IOException;
import java.io.PrintStream;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;

/// Prints rows as comma-separated values (RFC 4180, lines end with a line feed): names first, null
/// as nothing, an empty text in quotes.
public final class CsvText {
    private CsvText() {}

    /// Prints all rows of a reader.
    public static void print(ArrowReader reader, PrintStream out) throws IOException {
        VectorSchemaRoot batch = reader.getVectorSchemaRoot();
        ValueJson values = new ValueJson(reader);
        out.println(
                batch.getSchema().getFields().stream()
                        .map(Field::getName)
                        .map(CsvText::quoted)
                        .collect(Collectors.joining(",")));
        while (reader.loadNextBatch() && !out.checkError()) {
            for (int row = 0; row < batch.getRowCount(); row++) {
                StringJoiner line = new StringJoiner(",");
                for (FieldVector vector : batch.getFieldVectors()) {
                    line.add(cell(vector, row, values));
                }
                out.println(line);
            }
        }
    }

    private static String cell(FieldVector vector, int row, ValueJson values) {
        JsonText text = JsonText.plain();
        values.write(vector, row, text);
        return vector.isNull(row) ? "" : quoted(text.toString());
    }

    private static String quoted(String value) {
        boolean plain =
                !value.isEmpty()
                        && value.chars().noneMatch(letter -> "\",\r\n".indexOf(letter) >= 0);
        return plain ? value : '"' + value.replace("\"", "\"\"") + '"';
    }
}
