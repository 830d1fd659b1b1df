package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.SqlSource;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.line.TableSource;
import dev.arrowshelf.cli.rows.ArrowOutput;
import dev.arrowshelf.cli.rows.RowText;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.ProgressBar;
import dev.arrowshelf.cli.text.Terminal;
import dev.arrowshelf.sql.FileFormat;
import dev.arrowshelf.sql.TableFiles;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.arrow.vector.ipc.ArrowReader;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/// `get`: shows the first rows of a table, or writes all of it to a file. Needs no owner.
public final class GetCommand implements Subcommand {
    private static final long SHOWN_ROWS = 20;
    private static final long NOT_GIVEN = -1;
    private static final String STANDARD_OUTPUT = "-";

    private final PositionalParamSpec name = Options.parameter("0", "NAME", "The table's name.");
    private final OptionSpec out =
            Options.text(
                    "--out",
                    "FILE",
                    "Writes an Arrow file, or what its name ends with: .parquet, .csv, .json, .jsonl; - writes an Arrow stream to standard output.");
    private final OptionSpec json =
            Options.flag("Prints each row as a JSON object on a line of its own.", "--json");
    private final OptionSpec columns =
            Options.text("--columns", "A,B,...", "These columns only, in this order.");
    private final OptionSpec offset = Options.number("--offset", "N", 0, "Skips the first N rows.");
    private final OptionSpec limit =
            Options.number(
                    "--limit",
                    "N",
                    NOT_GIVEN,
                    "At most N rows (default: 20 when a table is printed, else all).");
    private final CommandSpec spec =
            Options.command(this, "get", "Shows the first rows of a table, or writes it to a file.")
                    .addPositional(name)
                    .addOption(out)
                    .addOption(json)
                    .addOption(columns)
                    .addOption(offset)
                    .addOption(limit);

    @Override
    public CommandSpec spec() {
        return spec;
    }

    @Override
    public int run(CommandContext context) throws IOException {
        String target = out.getValue();
        boolean lines = json.getValue();
        if (target != null && lines) {
            throw new ParameterException(spec.commandLine(), "--json and --out exclude each other");
        }
        Terminal terminal = context.terminal();
        Optional<FileFormat> foreign =
                Optional.ofNullable(target).flatMap(file -> FileFormat.of(Path.of(file)));
        if (foreign.isPresent()) {
            writeForeign(context, foreign.get());
            return ExitCode.OK;
        }
        try (TableSource source = context.choice().openTables();
                ShelfTable table = source.get(name.getValue());
                ArrowReader reader =
                        table.reader(
                                slice(target == null && !lines ? SHOWN_ROWS : Long.MAX_VALUE))) {
            if (target != null) {
                write(reader, table, target, terminal);
            } else if (lines) {
                RowText.printJsonLines(reader, terminal.out());
            } else {
                show(reader, table, terminal);
            }
        }
        return ExitCode.OK;
    }

    private void writeForeign(CommandContext context, FileFormat format) throws IOException {
        String table = name.getValue();
        AtomicReference<Optional<TableFiles>> running = new AtomicReference<>(Optional.empty());
        try (TableSource source = context.choice().openTables();
                ShelfTable found = source.get(table);
                ProgressBar _ =
                        new ProgressBar(
                                context.terminal(),
                                "get",
                                found.byteSize(),
                                () -> done(running.get(), found.byteSize()))) {
            TableFiles.write(
                    SqlSource.of(source),
                    select(table),
                    Path.of(out.<String>getValue()),
                    format,
                    SqlOptions.defaults(),
                    copy -> running.set(Optional.of(copy)));
        }
    }

    private static long done(Optional<TableFiles> copy, long bytes) {
        return copy.map(files -> (long) (Math.max(0, files.percent()) / 100 * bytes)).orElse(0L);
    }

    private String select(String table) {
        String names = columns.getValue();
        String list =
                names == null
                        ? "*"
                        : Stream.of(names.split(",", -1))
                                .map(GetCommand::quoted)
                                .collect(Collectors.joining(", "));
        String rows = "SELECT " + list + " FROM shelf." + quoted(table);
        long most = limit.getValue();
        long skipped = offset.getValue();
        return rows
                + (most == NOT_GIVEN ? "" : " LIMIT " + most)
                + (skipped == 0 ? "" : " OFFSET " + skipped);
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    private TableSlice slice(long defaultLimit) {
        long wanted = limit.getValue();
        String names = columns.getValue();
        TableSlice rows =
                TableSlice.ofRows(
                        offset.<Long>getValue(), wanted == NOT_GIVEN ? defaultLimit : wanted);
        return names == null ? rows : rows.withColumns(List.of(names.split(",", -1)));
    }

    private void show(ArrowReader reader, ShelfTable table, Terminal terminal) throws IOException {
        long shown = RowText.printTable(reader, terminal.out());
        if (shown < table.rowCount()) {
            terminal.out()
                    .println(
                            "("
                                    + Figures.grouped(shown)
                                    + " of "
                                    + Figures.counted(table.rowCount(), "row")
                                    + ")");
        }
    }

    private static void write(
            ArrowReader reader, ShelfTable table, String target, Terminal terminal)
            throws IOException {
        ArrowOutput output = new ArrowOutput();
        try (ProgressBar _ =
                new ProgressBar(terminal, "get", table.byteSize(), output::writtenBytes)) {
            if (target.equals(STANDARD_OUTPUT)) {
                output.writeStream(reader, Channels.newChannel(terminal.bytesOut()));
            } else {
                output.writeFile(reader, Path.of(target));
            }
        }
    }
}
