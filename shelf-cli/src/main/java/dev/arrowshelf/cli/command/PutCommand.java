package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.line.TableFacts;
import dev.arrowshelf.cli.rows.CountingInput;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.cli.text.PrintableText;
import dev.arrowshelf.cli.text.ProgressBar;
import dev.arrowshelf.cli.text.Terminal;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.sql.FileFormat;
import dev.arrowshelf.sql.TableFiles;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.VectorSource;
import dev.arrowshelf.store.table.encode.EncodedColumns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `put`: puts a file or stream on the shelf.
public final class PutCommand implements Subcommand {
    private static final String STANDARD_INPUT = "-";

    private final PositionalParamSpec name =
            Options.parameter("0", "NAME", "The table's name; any text.");
    private final PositionalParamSpec file =
            Options.parameter(
                    "1",
                    "FILE",
                    "An Arrow IPC file or stream (which of the two is seen from its bytes), or a .parquet, .csv, .json or .jsonl file; - is standard input, an Arrow stream.");
    private final OptionSpec partitionRows =
            Options.number(
                    "--partition-rows",
                    "N",
                    0,
                    "Begins a new partition before one has more than N rows; 0: no limit.");
    private final OptionSpec partitionBytes =
            Options.size(
                    "--partition-bytes", "Begins a new partition before one is larger than SIZE.");
    private final OptionSpec noReplace =
            Options.flag(
                    "Fails when there is a table of this name, instead of replacing it.",
                    "--no-replace");
    private final OptionSpec validateUtf8 =
            Options.flag("Checks that text columns hold UTF-8.", "--validate-utf8");
    private final OptionSpec encodeText =
            Options.flag(
                    "Stores text columns of few distinct values as dictionaries, and says what that saves.",
                    "--encode-text");
    private final OptionSpec json = Options.flag("Prints what was put as a JSON object.", "--json");

    @Override
    public CommandSpec spec() {
        return Options.command(
                        this,
                        "put",
                        "Puts an Arrow, Parquet, CSV or JSON file on the shelf. A table of the same name is replaced in one step.")
                .addPositional(name)
                .addPositional(file)
                .addOption(partitionRows)
                .addOption(partitionBytes)
                .addOption(noReplace)
                .addOption(validateUtf8)
                .addOption(encodeText)
                .addOption(json);
    }

    @Override
    public int run(CommandContext context) throws IOException {
        String source = file.getValue();
        boolean fromInput = source.equals(STANDARD_INPUT);
        if (!fromInput && !Files.exists(Path.of(source))) {
            throw new NoSuchFileException(source);
        }
        long begin = System.nanoTime();
        try (Shelf shelf = context.choice().open()) {
            TableInfo table =
                    fromInput
                            ? putInput(shelf, context.terminal())
                            : putFile(shelf, Path.of(source), context.terminal());
            long nanos = System.nanoTime() - begin;
            print(table, encoded(shelf), nanos, context.terminal());
        }
        return ExitCode.OK;
    }

    private List<EncodedColumns.Column> encoded(Shelf shelf) {
        if (!encodeText.<Boolean>getValue()) {
            return List.of();
        }
        try (ShelfTable table = shelf.get(name.getValue())) {
            return EncodedColumns.of(table);
        }
    }

    private TableInfo putInput(Shelf shelf, Terminal terminal) throws IOException {
        try (CountingInput input = new CountingInput(terminal.in());
                ProgressBar _ = new ProgressBar(terminal, "put", 0, input::bytes)) {
            return shelf.put(name.getValue(), VectorSource.of(input), options());
        }
    }

    private TableInfo putFile(Shelf shelf, Path path, Terminal terminal) throws IOException {
        Optional<FileFormat> foreign = FileFormat.of(path);
        if (foreign.isPresent()) {
            return putForeign(shelf, path, foreign.get(), terminal);
        }
        try (ProgressBar _ =
                new ProgressBar(
                        terminal,
                        "put",
                        Files.size(path),
                        () -> shelf.status().memory().writing())) {
            return shelf.put(name.getValue(), path, options());
        }
    }

    private TableInfo putForeign(Shelf shelf, Path path, FileFormat format, Terminal terminal)
            throws IOException {
        long bytes = Files.size(path);
        try (TableFiles rows = TableFiles.read(path, format, SqlOptions.defaults());
                ProgressBar _ =
                        new ProgressBar(
                                terminal,
                                "put",
                                bytes,
                                () -> (long) (Math.max(0, rows.percent()) / 100 * bytes))) {
            return shelf.put(name.getValue(), VectorSource.of(rows.reader()), options());
        }
    }

    private PutOptions options() {
        ByteSize bytes = partitionBytes.getValue();
        return PutOptions.DEFAULT
                .withPartitions(partitionRows.<Long>getValue(), bytes == null ? 0 : bytes.bytes())
                .withReplace(!noReplace.<Boolean>getValue())
                .withUtf8Validation(validateUtf8.getValue())
                .withEncodedText(encodeText.getValue());
    }

    private void print(
            TableInfo table, List<EncodedColumns.Column> encoded, long nanos, Terminal terminal) {
        if (json.<Boolean>getValue()) {
            JsonText facts = new JsonText().beginObject();
            TableFacts.write(table, facts);
            if (encodeText.<Boolean>getValue()) {
                TableFacts.writeEncoded(encoded, facts);
            }
            terminal.out().println(facts.endObject());
            return;
        }
        terminal.out()
                .println(
                        PrintableText.of(table.name())
                                + ": "
                                + Figures.counted(table.rows(), "row")
                                + ", "
                                + Figures.counted(table.columns(), "column")
                                + ", "
                                + new ByteSize(table.bytes())
                                + ", put in "
                                + Figures.time(nanos));
        encoded.forEach(column -> terminal.out().println("encoded " + TableFacts.words(column)));
    }
}
