package dev.arrowshelf.cli.prompt;

import dev.arrowshelf.cli.rows.SchemaText;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.cli.text.PrintableText;
import dev.arrowshelf.cli.text.TextTable;
import dev.arrowshelf.cli.text.TextTable.Column;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.sql.tables.TableSource;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// What the prompt understands besides SQL: lines that begin with a dot. For one thread.
final class DotCommands {
    private static final Map<String, String> MEANINGS =
            new TreeMap<>(
                    Map.of(
                            ".help", "shows this",
                            ".tables [TEXT]", "lists the tables, or those with TEXT in their name",
                            ".schema NAME", "shows the columns of a table",
                            ".mode [MODE]",
                                    "prints rows as " + String.join(", ", ResultMode.words()),
                            ".rows [N]", "prints at most N rows of a table",
                            ".timing [on|off]",
                                    "prints how many rows there are and how long they took",
                            ".pager [on|off]", "shows long output in $PAGER, or less",
                            ".quit", "leaves, like Ctrl-D"));

    private final StatementRunner runner;
    private final TableSource tables;
    private boolean paging = true;

    DotCommands(StatementRunner runner, TableSource tables) {
        this.runner = runner;
        this.tables = tables;
    }

    /// Returns the words that lines may begin with.
    static List<String> words() {
        return MEANINGS.keySet().stream().map(usage -> usage.split(" ", 2)[0]).toList();
    }

    static boolean isOne(String line) {
        return line.stripLeading().startsWith(".");
    }

    static boolean isEnd(String line) {
        String word = line.strip();
        return word.equals(".quit") || word.equals(".exit");
    }

    boolean paging() {
        return paging;
    }

    /// Carries a line out. Error: `INVALID_ARGUMENT` for one that is not understood.
    void run(String line, PrintStream out) {
        String[] parts = line.strip().split("\\s+", 2);
        String argument = parts.length == 1 ? "" : parts[1].strip();
        switch (parts[0]) {
            case ".help" -> help(out);
            case ".tables" -> listTables(argument, out);
            case ".schema" -> schema(argument, out);
            case ".mode" -> mode(argument, out);
            case ".rows" -> rows(argument, out);
            case ".timing" -> {
                runner.time(isOn(argument, runner.timing()));
                out.println("timing " + (runner.timing() ? "on" : "off"));
            }
            case ".pager" -> {
                paging = isOn(argument, paging);
                out.println("pager " + (paging ? "on" : "off"));
            }
            default -> throw refused("no such command (.help lists them): command=" + parts[0]);
        }
    }

    private static void help(PrintStream out) {
        out.println("A statement ends with a semicolon and may have several lines.");
        MEANINGS.forEach((usage, meaning) -> out.println("  %-18s %s".formatted(usage, meaning)));
    }

    private void listTables(String part, PrintStream out) {
        TextTable text =
                new TextTable(
                        List.of(
                                new Column("name", false),
                                new Column("rows", true),
                                new Column("size", true),
                                new Column("columns", true)));
        tables.list().stream()
                .filter(table -> table.name().contains(part))
                .sorted(Comparator.comparing(TableInfo::name))
                .forEach(table ->
                        text.add(
                                List.of(
                                        table.name(),
                                        Figures.grouped(table.rows()),
                                        new ByteSize(table.bytes()).toString(),
                                        Integer.toString(table.columns()))));
        text.print(out);
    }

    private void schema(String given, PrintStream out) {
        String name =
                SqlNames.unquoted(
                        given.endsWith(";") ? given.substring(0, given.length() - 1) : given);
        if (name.isEmpty()) {
            throw refused("a table's name is missing: usage=.schema NAME");
        }
        try (ShelfTable table = tables.find(name)) {
            if (table == null) {
                throw new ShelfException(ErrorCode.NOT_FOUND, "no such table: name=" + name);
            }
            SchemaText.print(table.schema(), out);
        }
    }

    private void mode(String word, PrintStream out) {
        if (word.isEmpty()) {
            for (ResultMode mode : ResultMode.values()) {
                out.println(
                        "%s %-9s %s"
                                .formatted(
                                        mode == runner.mode() ? "*" : " ",
                                        mode.word(),
                                        mode.meaning()));
            }
            return;
        }
        runner.print(
                ResultMode.of(word.toLowerCase(Locale.ROOT))
                        .orElseThrow(() ->
                                refused(
                                        "no such mode: mode=%s, known=%s"
                                                .formatted(word, ResultMode.words()))));
    }

    private void rows(String number, PrintStream out) {
        if (!number.isEmpty()) {
            try {
                runner.show(Math.max(1, Long.parseLong(number)));
            } catch (NumberFormatException _) {
                throw refused("not a whole number: rows=" + number);
            }
        }
        out.println("rows " + Figures.grouped(runner.rows()));
    }

    private static boolean isOn(String word, boolean now) {
        return switch (word) {
            case "on" -> true;
            case "off" -> false;
            case "" -> !now;
            default -> throw refused("neither on nor off: word=" + PrintableText.of(word));
        };
    }

    private static ShelfException refused(String fact) {
        return new ShelfException(ErrorCode.INVALID_ARGUMENT, fact);
    }
}
