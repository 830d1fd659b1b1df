package dev.arrowshelf.sql.session;

import dev.arrowshelf.sql.model.SqlFigures;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.sql.model.SqlUse;
import dev.arrowshelf.sql.scan.SystemTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The tables about the engine: `shelf_queries()`, `shelf_settings()` and `shelf_engine()`.
/// Thread-safe.
final class EngineFacts {
    private final SqlOptions options;
    private final Set<RunningQuery> running;

    EngineFacts(SqlOptions options, Set<RunningQuery> running) {
        this.options = options;
        this.running = running;
    }

    /// Queries that run now, the one that asks among them.
    SystemTable queries() {
        Map<String, String> columns = new LinkedHashMap<>();
        columns.put("query", "VARCHAR");
        columns.put("begun", "TIMESTAMPTZ");
        columns.put("seconds", "DOUBLE");
        return new SystemTable(
                "shelf_queries",
                columns,
                () ->
                        running.stream()
                                .flatMap(query -> query.started().stream())
                                .map(EngineFacts::row)
                                .toList());
    }

    private static Map<String, @Nullable Object> row(RunningQuery.Started query) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("query", query.sql());
        row.put("begun", query.begun().toString());
        row.put("seconds", query.age().toNanos() / 1e9);
        return row;
    }

    SystemTable settings() {
        Map<String, String> columns = new LinkedHashMap<>();
        columns.put("name", "VARCHAR");
        columns.put("value", "VARCHAR");
        columns.put("meaning", "VARCHAR");
        return new SystemTable("shelf_settings", columns, this::settingRows);
    }

    private List<Map<String, @Nullable Object>> settingRows() {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        add(
                rows,
                "memory_limit",
                options.memory().limit(),
                "what queries may use besides the tables they read");
        add(
                rows,
                "temporary_directory",
                options.memory().temporaryDirectory().map(Object::toString).orElse(null),
                "where large sorts and joins put what does not fit");
        add(rows, "temporary_limit", options.memory().temporaryLimit(), "the most bytes there");
        add(
                rows,
                "result_cache",
                options.memory().resultCache(),
                "bytes of results that are kept for the next time; 0: none");
        add(
                rows,
                "twins",
                options.memory().twins(),
                "bytes of tables that are copied for queries; 0: none");
        add(rows, "threads", options.threads(), "threads that work on queries");
        add(rows, "queries", options.queries(), "queries that run at a time");
        add(rows, "queue_time", options.queueTime(), "how long a query waits for its turn");
        add(rows, "timeout", options.timeout(), "how long a query may run");
        return rows;
    }

    /// What queries hold now, the one that asks among them.
    static SystemTable figures(Supplier<SqlFigures> figures) {
        Map<String, String> columns = new LinkedHashMap<>();
        columns.put("name", "VARCHAR");
        columns.put("value", "BIGINT");
        columns.put("meaning", "VARCHAR");
        return new SystemTable("shelf_engine", columns, () -> figureRows(figures.get()));
    }

    private static List<Map<String, @Nullable Object>> figureRows(SqlFigures figures) {
        SqlUse use = figures.use();
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        addFigure(rows, "running", use.running(), "queries that run, this one among them");
        addFigure(rows, "waiting", use.waiting(), "queries in line");
        addFigure(rows, "tables", use.tables(), "tables that queries hold");
        addFigure(rows, "blocks", use.blocks(), "blocks of native memory that queries hold");
        addFigure(rows, "objects", use.objects(), "objects that DuckDB holds for queries");
        addFigure(
                rows,
                "groups_skipped",
                use.groupsSkipped(),
                "row groups that filters ruled out, since the engine was opened");
        addFigure(
                rows,
                "kept_results",
                figures.keptResults(),
                "results that are kept for the next time");
        addFigure(rows, "kept_bytes", figures.keptBytes(), "bytes of these");
        addFigure(
                rows, "result_hits", figures.resultHits(), "statements that kept results answered");
        addFigure(rows, "result_misses", figures.resultMisses(), "statements that they did not");
        addFigure(
                rows,
                "twin_bytes",
                figures.twinBytes(),
                "bytes of tables that are copied for queries");
        addFigure(
                rows,
                "instances",
                figures.instances(),
                "instances of DuckDB that were opened; it gave all but the last up");
        return rows;
    }

    private static void addFigure(
            List<Map<String, @Nullable Object>> rows, String name, long value, String meaning) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("name", name);
        row.put("value", value);
        row.put("meaning", meaning);
        rows.add(row);
    }

    private static void add(
            List<Map<String, @Nullable Object>> rows,
            String name,
            @Nullable Object value,
            String meaning) {
        Map<String, @Nullable Object> row = new LinkedHashMap<>();
        row.put("name", name);
        row.put("value", value == null ? null : value.toString());
        row.put("meaning", meaning);
        rows.add(row);
    }
}
