package dev.arrowshelf.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.sql.duckdb.DuckDbException;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.sql.tables.TableSource;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.testkit.Deadline;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// DuckDB gives its instance up: a callback of a query reports an error of the kind that it does
/// not recover from, and from then on it refuses every statement.
@Timeout(120)
final class FatalErrorTest {
    private static final int INTERNAL = 8001;
    private static final int FATAL = 8002;
    private static final int ROWS = 1_000_000;

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();
    private final AtomicBoolean copying = new AtomicBoolean();
    private Engine engine;

    @BeforeEach
    void open() {
        SqlOptions options =
                SqlOptions.defaults()
                        .withQueries(4, Duration.ofSeconds(30))
                        .withResultCache(ByteSize.parse("1MiB"))
                        .withTwins(ByteSize.parse("64MiB"));
        engine = Engine.over(temporary.shelf(), new Unlucky(), options);
        engine.put("t", ROWS);
        engine.put("small", 10);
    }

    @AfterEach
    void close() {
        engine.close();
    }

    /// The tables of the shelf, and two names that make DuckDB fail.
    private final class Unlucky implements TableSource {
        private final TableSource tables = TableSource.of(temporary.shelf());

        @Override
        public @Nullable ShelfTable find(String name) {
            if (name.equals("fatal") || (copying.get() && isCopier())) {
                throw new DuckDbException(FATAL, "nothing can be trusted any more");
            }
            if (name.equals("internal")) {
                throw new DuckDbException(INTERNAL, "a mistake in the planner");
            }
            return tables.find(name);
        }

        private static boolean isCopier() {
            return Thread.currentThread().getName().equals("shelf-sql-twins");
        }

        @Override
        public List<TableInfo> list() {
            return tables.list();
        }
    }

    @Test
    void theNextQueryRunsInANewInstance() throws Exception {
        String cached = "select sum(n) from small";
        assertThat(engine.value(cached)).isEqualTo("45");
        awaitCopy("small");
        try (SqlResult running = engine.sql().query("select a.n from t a, range(20)")) {
            ArrowReader reader = running.reader();
            assertThat(reader.loadNextBatch()).isTrue();
            long rows = reader.getVectorSchemaRoot().getRowCount();
            fail("fatal");
            assertThat(engine.sql().use().running()).isEqualTo(1);
            assertThat(engine.value("select count(*) from t")).isEqualTo("" + ROWS);
            assertThat(engine.value("select count(*) from shelf_queries()")).isEqualTo("2");
            rows += rest(reader);
            assertThat(rows).isIn(0L, 20L * ROWS);
        }
        Deadline.ofSeconds(20).await("nothing is held", () -> engine.sql().use().isIdle());
        long hits = engine.sql().figures().resultHits();
        assertThat(engine.value(cached)).isEqualTo("45");
        assertThat(engine.sql().figures().resultHits()).isEqualTo(hits + 1);
        awaitCopy("small");
        engine.put("small", 3);
        assertThat(engine.value(cached)).isEqualTo("3");
    }

    @Test
    void aQueryThatFindsItsInstanceDeadIsRunInANewOne() {
        copying.set(true);
        // named twice a table is copied, and the copying ends the instance unseen
        assertThat(engine.value("select count(*) from t")).isEqualTo("" + ROWS);
        assertThat(engine.value("select min(n) from t")).isEqualTo("0");
        Deadline.ofSeconds(20)
                .await(
                        "the instance to end",
                        () ->
                                engine.sql().figures().instances() == 1
                                        && engine.value("select 1 as c").equals("1")
                                        && engine.sql().figures().instances() == 2);
        copying.set(false);
        assertThat(engine.sql().signature(SqlRequest.of("from t")).columns().getFields())
                .hasSize(2);
        assertThat(engine.value("select max(n) from t")).isEqualTo("" + (ROWS - 1));
    }

    @Test
    void aMistakeInPlanningEndsOnlyItsQuery() {
        awaitCopy("small");
        for (int i = 0; i < 3; i++) {
            fail("internal");
        }
        assertThat(engine.sql().figures().instances()).isEqualTo(1);
        assertThat(plan("small")).doesNotContain("ARROWSHELF_SCAN");
    }

    @Test
    void clientsThatAskMeanwhileGetTheRightAnswerOrATypedError() throws Exception {
        try (ExecutorService clients = Executors.newFixedThreadPool(5)) {
            List<Future<Integer>> answered = new ArrayList<>();
            for (int client = 0; client < 4; client++) {
                answered.add(clients.submit(this::askOften));
            }
            Future<?> unlucky =
                    clients.submit(() -> {
                        for (int i = 0; i < 5; i++) {
                            fail("fatal");
                        }
                    });
            unlucky.get();
            for (Future<Integer> answers : answered) {
                assertThat(answers.get()).isPositive();
            }
        }
        assertThat(engine.sql().figures().instances()).isBetween(2L, 6L);
        assertThat(engine.value("select count(*) from t")).isEqualTo("" + ROWS);
    }

    private int askOften() {
        int right = 0;
        for (int i = 0; i < 40; i++) {
            try {
                String sum = engine.value("select sum(n) - " + i + " from t where n >= " + i);
                long below = (long) i * (i - 1) / 2;
                assertThat(Long.parseLong(sum)).isEqualTo((long) ROWS * (ROWS - 1) / 2 - below - i);
                right++;
            } catch (ShelfException failure) {
                assertThat(failure.code()).isEqualTo(ErrorCode.INTERNAL);
            }
        }
        return right;
    }

    private void fail(String name) {
        assertThatThrownBy(() -> engine.rows("from " + name))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure -> {
                            assertThat(failure.code()).isEqualTo(ErrorCode.INTERNAL);
                            assertThat(failure).hasMessageNotContaining("Stack Trace");
                        });
    }

    /// Returns the rows that are left, or less than none when the query ended with its instance.
    private static long rest(ArrowReader reader) throws Exception {
        long rows = 0;
        try {
            while (reader.loadNextBatch()) {
                rows += reader.getVectorSchemaRoot().getRowCount();
            }
            return rows;
        } catch (ShelfException failure) {
            assertThat(failure.code()).isEqualTo(ErrorCode.INTERNAL);
            return -reader.getVectorSchemaRoot().getRowCount();
        }
    }

    private String plan(String name) {
        return engine.sql().explain(SqlRequest.of("from " + name), false, false);
    }

    private void awaitCopy(String name) {
        Deadline.ofSeconds(20)
                .await("a copy of " + name, () -> !plan(name).contains("ARROWSHELF_SCAN"));
    }
}
