package dev.arrowshelf.cli.prompt;

import dev.arrowshelf.cli.line.ErrorReport;
import dev.arrowshelf.cli.text.PrintableText;
import dev.arrowshelf.cli.text.Terminal;
import dev.arrowshelf.sql.tables.TableSource;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.Parser;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.TerminalBuilder;

/// The prompt of `arrowshelf sql`: statements of one or more lines with editing, history and
/// completion, until Ctrl-D. Ctrl-C stops the statement that runs, or drops the one that is typed.
///
/// One thread; signals come on another.
public final class SqlPrompt {
    private static final String PROMPT = "shelf> ";
    private static final String CONTINUED = "   ... ";

    private final Terminal terminal;
    private final StatementRunner runner;
    private final DotCommands commands;
    private final TableSource tables;
    private final Map<String, String> environment;

    /// @param environment where the history goes and which pager is used
    public SqlPrompt(
            Terminal terminal,
            StatementRunner runner,
            TableSource tables,
            Map<String, String> environment) {
        this.terminal = terminal;
        this.runner = runner;
        this.tables = tables;
        this.commands = new DotCommands(runner, tables);
        this.environment = Map.copyOf(environment);
    }

    /// Reads and runs statements until the user leaves.
    public void run() throws IOException {
        runner.time(true);
        try (org.jline.terminal.Terminal screen =
                TerminalBuilder.builder().system(true).nativeSignals(true).build()) {
            screen.handle(org.jline.terminal.Terminal.Signal.INT, _ -> runner.cancel());
            LineReader reader = reader(screen);
            terminal.out()
                    .println(
                            "SQL over the tables of the shelf. Statements end with ';', .help says more, Ctrl-D leaves.");
            terminal.flush();
            while (true) {
                try {
                    String text = reader.readLine(PROMPT);
                    if (DotCommands.isEnd(text)) {
                        return;
                    }
                    run(text, screen);
                } catch (UserInterruptException _) {
                    // the line is dropped
                } catch (EndOfFileException _) {
                    return;
                } finally {
                    terminal.flush();
                }
            }
        }
    }

    private LineReader reader(org.jline.terminal.Terminal screen) throws IOException {
        Path history = history(environment);
        Files.createDirectories(history.getParent());
        return LineReaderBuilder.builder()
                .appName("arrowshelf")
                .terminal(screen)
                .parser(new LineParser())
                .completer(new SqlCompleter(tables))
                .variable(LineReader.HISTORY_FILE, history)
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, CONTINUED)
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .option(LineReader.Option.CASE_INSENSITIVE, true)
                .option(LineReader.Option.INSERT_TAB, false)
                .build();
    }

    /// Returns where lines are kept for the next time.
    static Path history(Map<String, String> environment) {
        String state = environment.getOrDefault("XDG_STATE_HOME", "");
        Path base =
                state.isBlank()
                        ? Path.of(System.getProperty("user.home"), ".local", "state")
                        : Path.of(state);
        return base.resolve("arrowshelf").resolve("sql-history");
    }

    private void run(String text, org.jline.terminal.Terminal screen) throws IOException {
        try {
            if (DotCommands.isOne(text)) {
                commands.run(text, terminal.out());
                return;
            }
            for (String statement : StatementText.split(text)) {
                show(statement, screen);
            }
        } catch (ShelfException refused) {
            // what DuckDB says has lines: the place of the mistake is marked in the last one
            String.valueOf(refused.getMessage())
                    .lines()
                    .forEach(line -> terminal.err().println(PrintableText.of(line)));
        } catch (RuntimeException | OutOfMemoryError failure) {
            ErrorReport.print(failure, terminal.err(), false);
        }
    }

    private void show(String statement, org.jline.terminal.Terminal screen) throws IOException {
        if (!commands.paging() || screen.getHeight() <= 1) {
            runner.run(statement, terminal.out());
            return;
        }
        terminal.flush();
        PagerCommand pager = PagerCommand.of(environment);
        try (PrintStream out =
                new PrintStream(
                        new PagedOutput(terminal.bytesOut(), pager, screen.getHeight()),
                        false,
                        StandardCharsets.UTF_8)) {
            runner.run(statement, out);
        }
    }

    private static final class LineParser implements Parser {
        @Override
        public PromptLine parse(String line, int cursor, ParseContext context) {
            return PromptLine.parse(line, cursor, context);
        }
    }
}
