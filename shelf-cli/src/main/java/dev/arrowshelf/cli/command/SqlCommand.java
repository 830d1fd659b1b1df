package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.line.ExitCode;
import dev.arrowshelf.cli.line.Options;
import dev.arrowshelf.cli.line.SqlSearch;
import dev.arrowshelf.cli.line.SqlSource;
import dev.arrowshelf.cli.line.Subcommand;
import dev.arrowshelf.cli.line.TableFacts;
import dev.arrowshelf.cli.line.TableSource;
import dev.arrowshelf.cli.prompt.ResultMode;
import dev.arrowshelf.cli.prompt.SqlPrompt;
import dev.arrowshelf.cli.prompt.SqlScript;
import dev.arrowshelf.cli.prompt.StatementRunner;
import dev.arrowshelf.cli.rows.ArrowOutput;
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
import java.util.Optional;
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
            PositionalParamSpec.builder()
                    .index("0")
                    .arity("0..1")
                    .type(String.class)
                    .paramLabel("SQL")
                    .description(
                            "A statement that reads; - reads it from standard input. A table's"
                                    + " name is its name here, or _cache_NAME. Without it: a prompt"
                                    + " on a terminal, else the statements of standard input.")
                    .build();
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
        if (text.getValue() == null) {
            session(context);
            return ExitCode.OK;
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

    /// Statements one after the other, typed or from standard input.
    private void session(CommandContext context) throws IOException {
        if (given(out) || given(into)) {
            throw new ParameterException(
                    spec.commandLine(), "--out and --into need a statement: SQL is missing");
        }
        Terminal terminal = context.terminal();
        try (TableSource tables = context.choice().openTables();
                SqlSearch search = new SqlSearch(context.choice());
                SqlEngine engine = SqlSource.open(tables, search)) {
            StatementRunner runner =
                    new StatementRunner(engine, mode(), rows.getValue(), timeLimit());
            if (terminal.inIsTerminal() && terminal.outIsTerminal()) {
                new SqlPrompt(terminal, runner, SqlSource.of(tables), System.getenv()).run();
            } else {
                SqlScript.run(terminal.in(), runner, terminal.out());
            }
        }
    }

    private ResultMode mode() {
        if (json.<Boolean>getValue()) {
            return ResultMode.JSONL;
        }
        return csv.<Boolean>getValue() ? ResultMode.CSV : ResultMode.TABLE;
    }

    private Optional<Duration> timeLimit() {
        long seconds = timeout.getValue();
        return seconds == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(seconds));
    }

    static String statement(String given, Terminal terminal) throws IOException {
        return given.equals(STANDARD)
                ? new String(terminal.in().readAllBytes(), StandardCharsets.UTF_8)
                : given;
    }

    private SqlRequest request(String given, Terminal terminal) throws IOException {
        SqlRequest request = SqlRequest.of(statement(given, terminal));
        return timeLimit().map(request::withTimeout).orElse(request);
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
            return;
        }
        long count = mode().print(reader, rows.getValue(), terminal.out());
        if (mode() == ResultMode.TABLE && count > rows.<Long>getValue()) {
            terminal.out()
                    .println("(the first " + Figures.counted(rows.<Long>getValue(), "row") + ")");
        }
    }
}
