package dev.arrowshelf.bench;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.sql.SqlEngine;
import dev.arrowshelf.sql.SqlResult;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.table.ShelfTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.c.ArrowArrayStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.duckdb.DuckDBConnection;

/// SQL in this process: the engine over the shelf, against DuckDB over tables of its own and DuckDB
/// over the same Arrow data registered with its driver, with the same threads; the rows of all
/// three are compared before anything is timed.
///
/// Run: `scripts/bench-java dev.arrowshelf.bench.SqlBenchmark [--quick]`; prints one JSON row a
/// line.
public final class SqlBenchmark {
    private static final String COLUMNS =
            """
            select range as id, (hash(range) % 100)::int as k, (hash(range + 1) % 1000000) / 1e6 as v,
                timestamp '2023-01-01' + interval (range) second as ts, 'word ' || (hash(range + 2) % 1000) as s
            from range(ROWS)
            """;

    private static final Goal NONE = new Goal("", 0, 0);

    private static final int SMALL_ROUNDS = 2000;
    private static final double NEAR = 1e-9;

    /// Until then the compiler works on the way of a query, beside it, on the same processors.
    private static final double WARM_SECONDS = 3;

    private final int rounds;
    private final long warmNanos;
    private final int threads = Runtime.getRuntime().availableProcessors();
    private final BufferAllocator allocator;
    private final Shelf shelf;
    private final SqlEngine engine;
    private final SqlEngine twins;
    private final DuckDBConnection driver;

    private SqlBenchmark(
            boolean quick,
            BufferAllocator allocator,
            Shelf shelf,
            SqlEngine engine,
            SqlEngine twins,
            Connection peer)
            throws SQLException {
        this.rounds = quick ? 3 : 7;
        this.warmNanos = (long) ((quick ? 0.2 : 1) * WARM_SECONDS * 1e9);
        this.allocator = allocator;
        this.shelf = shelf;
        this.engine = engine;
        this.twins = twins;
        this.driver = peer.unwrap(DuckDBConnection.class);
    }

    /// Runs all queries over a shelf of its own on tmpfs.
    public static void main(String[] arguments) throws IOException, SQLException {
        boolean quick = List.of(arguments).contains("--quick");
        Path scratch = Files.createTempDirectory(Path.of("/dev/shm"), "sql-benchmark-");
        ShelfOptions options =
                ShelfOptions.of(scratch.resolve("shelf"))
                        .withEphemeral(true)
                        .withMemoryLimit(ByteSize.parse("4GiB"));
        SqlOptions sql = SqlOptions.defaults().withMemoryLimit(ByteSize.parse("4GiB"));
        try (BufferAllocator allocator = new RootAllocator();
                Shelf shelf = Shelf.open(options);
                SqlEngine engine = SqlEngine.open(shelf, sql);
                SqlEngine twins = SqlEngine.open(shelf, sql.withTwins(ByteSize.parse("3GiB")));
                Connection peer = DriverManager.getConnection("jdbc:duckdb:")) {
            SqlBenchmark benchmark = new SqlBenchmark(quick, allocator, shelf, engine, twins, peer);
            benchmark.fill(quick ? 2_000_000 : 20_000_000);
            benchmark.run();
        } finally {
            Files.deleteIfExists(scratch);
        }
    }

    private void fill(long rows) throws SQLException, IOException {
        Map<String, String> tables = new LinkedHashMap<>();
        tables.put("t", COLUMNS.replace("ROWS", Long.toString(rows)));
        tables.put("td", "select s from (" + COLUMNS.replace("ROWS", Long.toString(rows)) + ")");
        tables.put("d100", "select range::int as k, 'group ' || range as name from range(100)");
        tables.put("d10", "select range * 10 as id, range % 7 as w from range(" + rows / 10 + ")");
        execute("set threads = " + threads);
        for (Map.Entry<String, String> table : tables.entrySet()) {
            execute("create table " + table.getKey() + " as " + table.getValue());
            try (SqlResult result = engine.query(table.getValue())) {
                shelf.put(
                        table.getKey(),
                        result.reader(),
                        PutOptions.DEFAULT.withEncodedText(table.getKey().equals("td")));
            }
        }
    }

    private void run() throws SQLException, IOException {
        Map<String, Goal> goals = new LinkedHashMap<>();
        goals.put("select 1", new Goal("smallest query", 0.5, 0));
        goals.put("select sum(v) from t", new Goal("sum of a column", 0, 1.15));
        goals.put(
                "select count(*) from t where v > 0.25 and k < 50",
                new Goal("count, two predicates", 0, 1.15));
        goals.put(
                "select k, sum(v), count(*) from t group by k order by k",
                new Goal("group by 100 numbers", 0, 1.6));
        goals.put(
                "select s, count(*) from t group by s order by s",
                new Goal("group by 1,000 words", 0, 1.15));
        goals.put(
                "select s, count(*) from td group by s order by s",
                new Goal("group by 1,000 words in a dictionary", 0, 1.15));
        goals.put("select count(distinct s) from t", new Goal("count distinct words", 0, 1.15));
        goals.put(
                "select sum(id) from t where id between 1000000 and 1001000",
                new Goal("1,000 rows by a sorted column", 5, 0));
        goals.put(
                "select name, sum(v) from t join d100 using (k) group by name order by name",
                new Goal("join with 100 rows", 0, 0));
        goals.put(
                "select w, sum(v) from t join d10 using (id) group by w order by w",
                new Goal("join with a tenth of the rows", 0, 0));
        goals.put(
                "select sum(v) from t where id in (select id from d10 where w = 3 and id < 100000)",
                new Goal("semi-join", 0, 0));
        goals.put(
                "select id, v from t order by v desc, id limit 10", new Goal("ten greatest", 0, 0));
        goals.put(
                "select max(c) from (select count(*) over (partition by k order by id rows 9"
                        + " preceding) c from t where id < 2000000)",
                new Goal("window over 2M rows", 0, 1.15));
        for (Map.Entry<String, Goal> each : goals.entrySet()) {
            measure(each.getKey(), each.getValue()).print();
        }
        awaitTwins();
        for (String sql : goals.keySet()) {
            if (sql.contains("join") || sql.contains(" in (") || sql.contains("limit")) {
                measureTwins(sql, goals.getOrDefault(sql, NONE).what()).print();
            }
        }
    }

    /// Names each table often enough, and waits until queries read the copies.
    private void awaitTwins() throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        for (String name : List.of("t", "d100", "d10")) {
            SqlRequest request = SqlRequest.of("select count(*) from " + name);
            while (twins.explain(request, false, false).contains("ARROWSHELF_SCAN")) {
                if (System.nanoTime() > deadline) {
                    throw new IOException("no copy was made: table=" + name);
                }
            }
        }
    }

    private BenchmarkRow measureTwins(String sql, String what) throws SQLException, IOException {
        boolean equal = same(rows(twins, sql), natives(sql));
        warmUp(twins, sql);
        double[] ours = new double[rounds];
        double[] natives = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            long begin = System.nanoTime();
            rows(twins, sql);
            ours[round] = (System.nanoTime() - begin) / 1e6;
            begin = System.nanoTime();
            natives(sql);
            natives[round] = (System.nanoTime() - begin) / 1e6;
        }
        double mine = BenchmarkRow.median(ours);
        double own = BenchmarkRow.median(natives);
        return new BenchmarkRow(
                "SQL: " + what + ", from copies",
                "ms",
                mine,
                "<= 1.3 x own tables",
                mine <= 1.3 * own,
                Map.of("DuckDB's own tables", own),
                equal);
    }

    private BenchmarkRow measure(String sql, Goal goal) throws SQLException, IOException {
        List<List<Object>> wanted = natives(sql);
        boolean equal = same(ours(sql), wanted) && same(arrow(sql), wanted);
        warmUp(engine, sql);
        int rounds = goal.millis() > 0 && goal.millis() < 1 ? SMALL_ROUNDS : this.rounds;
        double[] ours = new double[rounds];
        double[] natives = new double[rounds];
        double[] arrow = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            long begin = System.nanoTime();
            ours(sql);
            ours[round] = (System.nanoTime() - begin) / 1e6;
            begin = System.nanoTime();
            natives(sql);
            natives[round] = (System.nanoTime() - begin) / 1e6;
            arrow[round] = timeArrow(sql);
        }
        double mine = BenchmarkRow.median(ours);
        double own = BenchmarkRow.median(natives);
        boolean met =
                (goal.millis() == 0 || mine <= goal.millis())
                        && (goal.ratio() == 0 || mine <= goal.ratio() * own);
        return new BenchmarkRow(
                "SQL: " + goal.what(),
                "ms",
                mine,
                goal.text(),
                met,
                Map.of("DuckDB's own tables", own, "DuckDB over Arrow", BenchmarkRow.median(arrow)),
                equal);
    }

    /// Both sides in turn, as they are measured.
    private void warmUp(SqlEngine engine, String sql) throws SQLException, IOException {
        long end = System.nanoTime() + warmNanos;
        while (System.nanoTime() < end) {
            rows(engine, sql);
            natives(sql);
        }
    }

    private List<List<Object>> ours(String sql) throws IOException {
        return rows(engine, sql);
    }

    private static List<List<Object>> rows(SqlEngine engine, String sql) throws IOException {
        List<List<Object>> rows = new ArrayList<>();
        try (SqlResult result = engine.query(sql)) {
            ArrowReader reader = result.reader();
            VectorSchemaRoot root = reader.getVectorSchemaRoot();
            while (reader.loadNextBatch()) {
                for (int row = 0; row < root.getRowCount(); row++) {
                    List<Object> values = new ArrayList<>();
                    for (var vector : root.getFieldVectors()) {
                        values.add(plain(vector.getObject(row)));
                    }
                    rows.add(values);
                }
            }
        }
        return rows;
    }

    private List<List<Object>> natives(String sql) throws SQLException {
        try (Statement statement = driver.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            int columns = result.getMetaData().getColumnCount();
            List<List<Object>> rows = new ArrayList<>();
            while (result.next()) {
                List<Object> values = new ArrayList<>();
                for (int column = 1; column <= columns; column++) {
                    values.add(plain(result.getObject(column)));
                }
                rows.add(values);
            }
            return rows;
        }
    }

    /// Both sides have types of their own for everything but doubles.
    private static Object plain(Object value) {
        return value instanceof Double number ? number : String.valueOf(value);
    }

    /// Sums of doubles depend on the order of the rows.
    private static boolean same(List<List<Object>> rows, List<List<Object>> others) {
        boolean same = rows.size() == others.size();
        for (int row = 0; same && row < rows.size(); row++) {
            List<Object> other = others.get(row);
            same = rows.get(row).size() == other.size();
            for (int column = 0; same && column < other.size(); column++) {
                same = isNear(rows.get(row).get(column), other.get(column));
            }
        }
        return same;
    }

    private static boolean isNear(Object value, Object other) {
        return (value instanceof Double number && other instanceof Double wanted)
                ? Math.abs(number - wanted) <= NEAR * Math.max(1, Math.abs(wanted))
                : value.equals(other);
    }

    private List<List<Object>> arrow(String sql) throws SQLException {
        List<ArrowArrayStream> streams = register(sql);
        try {
            return natives(renamed(sql));
        } finally {
            streams.forEach(ArrowArrayStream::close);
        }
    }

    /// A registered stream can be read once: registering is left out of the time.
    private double timeArrow(String sql) throws SQLException {
        List<ArrowArrayStream> streams = register(sql);
        try {
            long begin = System.nanoTime();
            natives(renamed(sql));
            return (System.nanoTime() - begin) / 1e6;
        } finally {
            streams.forEach(ArrowArrayStream::close);
        }
    }

    private static String renamed(String sql) {
        return sql.replaceAll("\\b(t|td|d100|d10)\\b(?!\\.)", "arrow_$1");
    }

    private List<ArrowArrayStream> register(String sql) throws SQLException {
        List<ArrowArrayStream> streams = new ArrayList<>();
        for (String name : List.of("t", "td", "d100", "d10")) {
            if (renamed(sql).contains("arrow_" + name + " ")
                    || renamed(sql).endsWith("arrow_" + name)) {
                ArrowArrayStream stream = ArrowArrayStream.allocateNew(allocator);
                try (ShelfTable table = shelf.get(name)) {
                    table.exportTo(stream);
                }
                driver.registerArrowStream("arrow_" + name, stream);
                streams.add(stream);
            }
        }
        return Collections.unmodifiableList(streams);
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = driver.createStatement()) {
            statement.execute(sql);
        }
    }

    /// What is wanted of a query.
    ///
    /// @param what the query in words
    /// @param millis most milliseconds; 0: no goal
    /// @param ratio most times of DuckDB's own tables; 0: no goal
    private record Goal(String what, double millis, double ratio) {
        String text() {
            if (millis > 0) {
                return "<= %s ms".formatted(millis);
            }
            return ratio > 0 ? "<= %s x own tables".formatted(ratio) : "-";
        }
    }
}
