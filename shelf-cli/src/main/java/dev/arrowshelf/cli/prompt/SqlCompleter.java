package dev.arrowshelf.cli.prompt;

import dev.arrowshelf.sql.tables.TableSource;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.arrow.vector.types.pojo.Field;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/// Offers keywords, names of tables, and the columns of the tables that a statement names (of all,
/// while it names none). For one thread.
final class SqlCompleter implements Completer {
    private static final int MOST_TABLES = 50;
    private static final List<String> KEYWORDS =
            List.of(
                    "ALL",
                    "AND",
                    "AS",
                    "ASC",
                    "BETWEEN",
                    "BY",
                    "CASE",
                    "CAST",
                    "CROSS",
                    "DESC",
                    "DESCRIBE",
                    "DISTINCT",
                    "ELSE",
                    "END",
                    "EXCEPT",
                    "EXCLUDE",
                    "EXISTS",
                    "EXPLAIN",
                    "ANALYZE",
                    "FALSE",
                    "FILTER",
                    "FROM",
                    "FULL",
                    "GROUP",
                    "HAVING",
                    "ILIKE",
                    "IN",
                    "INNER",
                    "INTERSECT",
                    "IS",
                    "JOIN",
                    "LEFT",
                    "LIKE",
                    "LIMIT",
                    "NOT",
                    "NULL",
                    "NULLS",
                    "OFFSET",
                    "ON",
                    "OR",
                    "ORDER",
                    "OUTER",
                    "OVER",
                    "PARTITION",
                    "PIVOT",
                    "QUALIFY",
                    "RECURSIVE",
                    "RIGHT",
                    "SAMPLE",
                    "SELECT",
                    "SUMMARIZE",
                    "THEN",
                    "TRUE",
                    "UNION",
                    "UNPIVOT",
                    "USING",
                    "VALUES",
                    "WHEN",
                    "WHERE",
                    "WINDOW",
                    "WITH",
                    "avg(",
                    "coalesce(",
                    "count(",
                    "date_trunc(",
                    "max(",
                    "median(",
                    "min(",
                    "nearest(",
                    "round(",
                    "row_number(",
                    "sum(",
                    "shelf_engine()",
                    "shelf_partitions()",
                    "shelf_queries()",
                    "shelf_settings()",
                    "shelf_tables()");

    private static final Set<String> TABLE_WORDS = Set.of("from", "join", "describe", "summarize");
    private static final List<String> TABLE_FUNCTIONS =
            List.of(
                    "nearest(",
                    "range(",
                    "shelf_engine()",
                    "shelf_partitions()",
                    "shelf_queries()",
                    "shelf_settings()",
                    "shelf_tables()");

    private final TableSource tables;
    private final Map<Long, List<String>> columns = new HashMap<>();

    SqlCompleter(TableSource tables) {
        this.tables = tables;
    }

    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        if (DotCommands.isOne(line.line())) {
            completeCommand(line, candidates);
            return;
        }
        List<TableInfo> known = tables.list();
        if (isTablePlace(line)) {
            known.forEach(table -> add(candidates, SqlNames.quoted(table.name()), "table"));
            TABLE_FUNCTIONS.forEach(word -> candidates.add(keyword(word, false)));
            return;
        }
        known.forEach(table -> add(candidates, SqlNames.quoted(table.name()), "table"));
        mentioned(known, line.words())
                .forEach(table -> {
                    String about = "column of " + table.name();
                    columns(table).forEach(name -> add(candidates, SqlNames.quoted(name), about));
                });
        boolean upper = line.word().isEmpty() || Character.isUpperCase(line.word().charAt(0));
        KEYWORDS.forEach(word -> candidates.add(keyword(word, upper)));
    }

    /// Returns whether the word before the cursor's wants a table.
    private static boolean isTablePlace(ParsedLine line) {
        return line.wordIndex() > 0
                && TABLE_WORDS.contains(
                        line.words().get(line.wordIndex() - 1).toLowerCase(Locale.ROOT));
    }

    private void completeCommand(ParsedLine line, List<Candidate> candidates) {
        String command = line.words().getFirst();
        if (line.wordIndex() == 0) {
            DotCommands.words().forEach(word -> add(candidates, word, "command"));
            return;
        }
        switch (command) {
            case ".schema", ".tables" ->
                    tables.list()
                            .forEach(table ->
                                    add(candidates, SqlNames.quoted(table.name()), "table"));
            case ".mode" -> ResultMode.words().forEach(word -> add(candidates, word, "mode"));
            case ".timing", ".pager" ->
                    List.of("on", "off").forEach(word -> add(candidates, word, "switch"));
            default -> {}
        }
    }

    private static List<TableInfo> mentioned(List<TableInfo> known, List<String> words) {
        Set<String> names =
                words.stream()
                        .map(word -> SqlNames.unquoted(word).toLowerCase(Locale.ROOT))
                        .collect(Collectors.toSet());
        List<TableInfo> named =
                known.stream()
                        .filter(table -> names.contains(table.name().toLowerCase(Locale.ROOT)))
                        .toList();
        return named.isEmpty() ? known.subList(0, Math.min(MOST_TABLES, known.size())) : named;
    }

    /// The columns of a generation stay what they are.
    private List<String> columns(TableInfo table) {
        List<String> names = columns.get(table.generation());
        if (names == null) {
            names = read(table.name());
            columns.put(table.generation(), names);
        }
        return names;
    }

    private List<String> read(String name) {
        try (ShelfTable table = tables.find(name)) {
            return table == null
                    ? List.of()
                    : new ArrayList<>(
                            table.schema().getFields().stream().map(Field::getName).toList());
        } catch (ShelfException _) {
            return List.of(); // nothing to offer of a table that cannot be read
        }
    }

    private static void add(List<Candidate> candidates, String text, String group) {
        candidates.add(new Candidate(text, text, group, null, null, null, true));
    }

    private static Candidate keyword(String word, boolean upper) {
        boolean function = word.endsWith("(");
        boolean fixed = function || word.endsWith(")");
        String text = fixed || upper ? word : word.toLowerCase(Locale.ROOT);
        return new Candidate(text, text, "keyword", null, null, null, !function);
    }
}
