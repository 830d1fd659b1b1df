package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.SqlSearch;
import dev.arrowshelf.cli.line.SqlSource;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.line.TableFacts;
import dev.arrowshelf.cli.line.TableSource;
import dev.arrowshelf.cli.rows.ArrowOutput;
import dev.arrowshelf.cli.rows.CsvText;
import dev.arrowshelf.cli.rows.RowText;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.cli.text.Terminal;
import dev.arrowshelf.sql.SqlEngine;
import dev.arrowshelf.sql.SqlResult;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.TableInfo;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.apache.arrow.vector.ipc.ArrowReader;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/// `sql`: runs a SELECT over the tables, in this process, where they lie. Needs no owner unless the
/// result becomes a table.
public final class SqlCommand implements Subcommand {
    private static final long SHOWN_ROWS = 100;
    private static final String STANDARD = "-";

    private final PositionalParamSpec text =
            Options.parameter(
                    "0",
                    "SQL",
                    "A statement that reads; - reads it from standard input. A table's name is its"
                            + " name here, or _cache_NAME.");
    private final OptionSpec json =
            Options.flag("Prints each row as a JSON object on a line of its own.", "--json");
    private final OptionSpec csv = Options.flag("Prints comma-separated values.", "--csv");
    private final OptionSpec out =
            Options.text(
                    "--out",
                    "FILE",
                    "Writes an Arrow file; - writes an Arrow stream to standard output.");
    private final OptionSpec into =
            Options.text("--into", "NAME", "Puts the result on the shelf under this name.");
    private final OptionSpec rows =
            Options.number("--rows", "N", SHOWN_ROWS, "Most rows of a printed table.");
    private final OptionSpec timeout =
            Options.number("--timeout", "SECONDS", 0, "Stops the query after so long.");
    private final CommandSpec spec =
            Options.command(this, "sql", "Runs a SELECT over the tables of the shelf.")
                    .addPositional(text)
                    .addOption(json)
                    .addOption(csv)
                    .addOption(out)
                    .addOption(into)
                    .addOption(rows)
                    .addOption(timeout);

    @Override
    public CommandSpec spec() {
        return spec;
    }

    @Override
    public int run(CommandContext context) throws IOException {
        long forms =
                Stream.of(json.<Boolean>getValue(), csv.getValue(), given(out), given(into))
                        .filter(Boolean.TRUE::equals)
                        .count();
        if (forms > 1) {
            throw new ParameterException(
                    spec.commandLine(), "--json, --csv, --out and --into exclude each other");
        }
        SqlRequest request = request(text.getValue(), context.terminal());
        if (given(into)) {
            putResult(context, request);
        } else {
            try (TableSource tables = context.choice().openTables();
                    SqlSearch search = new SqlSearch(context.choice());
                    SqlEngine engine = SqlSource.open(tables, search);
                    SqlResult result = engine.query(request)) {
                print(result.reader(), context.terminal());
            }
        }
        return ExitCode.OK;
    }

    static String statement(String given, Terminal terminal) throws IOException {
        return given.equals(STANDARD)
                ? new String(terminal.in().readAllBytes(), StandardCharsets.UTF_8)
                : given;
    }

    private SqlRequest request(String given, Terminal terminal) throws IOException {
        SqlRequest request = SqlRequest.of(statement(given, terminal));
        long seconds = timeout.getValue();
        return seconds == 0 ? request : request.withTimeout(Duration.ofSeconds(seconds));
    }

    private static boolean given(OptionSpec option) {
        return option.getValue() != null;
    }

    private void putResult(CommandContext context, SqlRequest request) throws IOException {
        try (Shelf shelf = context.choice().open();
                SqlEngine engine = SqlEngine.open(shelf, SqlOptions.defaults());
                SqlResult result = engine.query(request)) {
            TableInfo table = shelf.put(into.getValue(), result.reader());
            JsonText facts = new JsonText().beginObject();
            TableFacts.write(table, facts);
            context.terminal().out().println(facts.endObject());
        }
    }

    private void print(ArrowReader reader, Terminal terminal) throws IOException {
        if (given(out)) {
            ArrowOutput output = new ArrowOutput();
            if (out.getValue().equals(STANDARD)) {
                output.writeStream(reader, Channels.newChannel(terminal.bytesOut()));
            } else {
                output.writeFile(reader, Path.of(out.<String>getValue()));
            }
        } else if (json.<Boolean>getValue()) {
            RowText.printJsonLines(reader, terminal.out());
        } else if (csv.<Boolean>getValue()) {
            CsvText.print(reader, terminal.out());
        } else if (!RowText.printFirst(reader, rows.getValue(), terminal.out())) {
            terminal.out()
                    .println("(the first " + Figures.counted(rows.<Long>getValue(), "row") + ")");
        }
    }
}
