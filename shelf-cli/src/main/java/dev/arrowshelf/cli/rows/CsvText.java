package dev.arrowshelf.cli.rows;

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

    /// Prints all rows of a reader. Returns how many.
    public static long print(ArrowReader reader, PrintStream out) throws IOException {
        VectorSchemaRoot batch = reader.getVectorSchemaRoot();
        ValueJson values = new ValueJson(reader);
        out.println(
                batch.getSchema().getFields().stream()
                        .map(Field::getName)
                        .map(CsvText::quoted)
                        .collect(Collectors.joining(",")));
        long rows = 0;
        while (reader.loadNextBatch() && !out.checkError()) {
            for (int row = 0; row < batch.getRowCount(); row++) {
                StringJoiner line = new StringJoiner(",");
                for (FieldVector vector : batch.getFieldVectors()) {
                    line.add(cell(vector, row, values));
                }
                out.println(line);
            }
            rows += batch.getRowCount();
        }
        return rows;
    }

    private static String cell(FieldVector vector, int row, ValueJson values) {
        return vector.isNull(row) ? "" : quoted(RowText.cell(vector, row, values));
    }

    private static String quoted(String value) {
        boolean plain =
                !value.isEmpty()
                        && value.chars().noneMatch(letter -> "\",\r\n".indexOf(letter) >= 0);
        return plain ? value : '"' + value.replace("\"", "\"\"") + '"';
    }
}
