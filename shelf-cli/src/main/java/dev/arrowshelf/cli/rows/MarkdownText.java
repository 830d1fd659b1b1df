package dev.arrowshelf.cli.rows;

import dev.arrowshelf.cli.text.PrintableText;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;

/// Prints rows as a Markdown table, numbers set to the right.
public final class MarkdownText {
    private MarkdownText() {}

    /// Prints all rows of a reader. Returns how many.
    public static long print(ArrowReader reader, PrintStream out) throws IOException {
        VectorSchemaRoot batch = reader.getVectorSchemaRoot();
        ValueJson values = new ValueJson(reader);
        printRow(
                out, batch.getSchema().getFields().stream().map(field -> field.getName()).toList());
        out.println(
                batch.getSchema().getFields().stream()
                        .map(field -> RowText.column(field).right() ? "---:" : "---")
                        .collect(Collectors.joining(" | ", "| ", " |")));
        long rows = 0;
        while (reader.loadNextBatch() && !out.checkError()) {
            for (int row = 0; row < batch.getRowCount(); row++) {
                List<String> cells = new ArrayList<>(batch.getFieldVectors().size());
                for (FieldVector vector : batch.getFieldVectors()) {
                    cells.add(RowText.cell(vector, row, values));
                }
                printRow(out, cells);
            }
            rows += batch.getRowCount();
        }
        return rows;
    }

    private static void printRow(PrintStream out, List<String> cells) {
        out.println(
                cells.stream()
                        .map(cell -> PrintableText.of(cell).replace("|", "\\|"))
                        .collect(Collectors.joining(" | ", "| ", " |")));
    }
}
