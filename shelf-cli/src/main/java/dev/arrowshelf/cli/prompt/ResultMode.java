package dev.arrowshelf.cli.prompt;

import dev.arrowshelf.cli.rows.CsvText;
import dev.arrowshelf.cli.rows.MarkdownText;
import dev.arrowshelf.cli.rows.RowText;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.arrow.vector.ipc.ArrowReader;

/// How rows are printed.
public enum ResultMode {
    /// Aligned columns, the first rows only.
    TABLE("aligned columns, the first rows"),
    /// Comma-separated values.
    CSV("comma-separated values"),
    /// One array of objects.
    JSON("one JSON array of objects"),
    /// An object a line.
    JSONL("a JSON object a line"),
    /// A Markdown table.
    MARKDOWN("a Markdown table");

    private final String meaning;

    ResultMode(String meaning) {
        this.meaning = meaning;
    }

    /// Returns the mode of a name, if it is one.
    static Optional<ResultMode> of(String name) {
        return Arrays.stream(values()).filter(mode -> mode.word().equals(name)).findFirst();
    }

    static List<String> words() {
        return Arrays.stream(values()).map(ResultMode::word).toList();
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    String meaning() {
        return meaning;
    }

    /// Prints the rows of a reader.
    ///
    /// @param most how many rows of a table are printed
    /// @return how many rows there are; for a table perhaps only that there are more than `most`
    public long print(ArrowReader reader, long most, PrintStream out) throws IOException {
        return switch (this) {
            case TABLE -> RowText.printFirst(reader, most, out);
            case CSV -> CsvText.print(reader, out);
            case JSON -> RowText.printJsonArray(reader, out);
            case JSONL -> RowText.printJsonLines(reader, out);
            case MARKDOWN -> MarkdownText.print(reader, out);
        };
    }
}
