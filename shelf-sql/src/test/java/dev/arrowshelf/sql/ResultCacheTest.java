package dev.arrowshelf.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.Retention;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.testkit.Deadline;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ResultCacheTest {
    private static final ByteSize LIMIT = ByteSize.parse("64MiB");

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();
    private Engine engine;

    @BeforeEach
    void open() {
        engine = Engine.over(temporary.shelf(), SqlOptions.defaults().withResultCache(LIMIT));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void answersTheSameStatementWithoutRunningItAgain() {
        engine.put("t", 300_000);
        String sql = "select n, s from t where n % 3 = 0 order by n";
        List<List<String>> first = engine.rows(sql);
        assertThat(figure("kept_results")).isEqualTo(1);
        assertThat(figure("kept_bytes")).isPositive();
        assertThat(engine.rows(sql)).isEqualTo(first).hasSize(100_000);
        assertThat(figure("result_hits")).isEqualTo(1);
    }

    @Test
    void forgetsWhatWasMadeOfATableThatWasReplacedOrDeleted() {
        engine.put("t", 10);
        engine.put("u", 3);
        String sql = "select (select count(*) from t) + (select count(*) from u) as c";
        assertThat(engine.value(sql)).isEqualTo("13");
        assertThat(engine.value(sql)).isEqualTo("13");
        engine.put("u", 5);
        assertThat(engine.value(sql)).isEqualTo("15");
        assertThat(engine.value(sql)).isEqualTo("15");
        engine.put("t", 10); // the same rows, another table
        assertThat(engine.value(sql)).isEqualTo("15");
        assertThat(figure("result_hits")).isEqualTo(2);
        temporary.shelf().delete("u");
        Assertions.assertThatThrownBy(() -> engine.value(sql))
                .isInstanceOf(ShelfException.class)
                .hasMessageContaining("no such table");
        assertThat(figure("kept_results")).isZero();
    }

    @Test
    void forgetsWhatWasMadeOfATableWhoseTimeIsOver() throws Exception {
        engine.put("long", 4);
        try (ShelfTable table = temporary.shelf().get("long");
                ArrowReader rows = table.reader()) {
            temporary
                    .shelf()
                    .put(
                            "short",
                            rows,
                            PutOptions.DEFAULT.withRetention(
                                    new Retention(
                                            Optional.of(Duration.ofMillis(400)),
                                            Optional.empty(),
                                            "")));
        }
        String sql = "select count(*) from short";
        assertThat(engine.value(sql)).isEqualTo("4");
        Deadline.ofSeconds(20)
                .await(
                        "the table to be over",
                        () -> {
                            try {
                                return !engine.value(sql).equals("4");
                            } catch (ShelfException gone) {
                                return String.valueOf(gone.getMessage()).contains("no such table");
                            }
                        });
    }

    @Test
    void aTableThatFitsTheNameBetterIsSeen() {
        engine.put("T", 2);
        assertThat(engine.value("select count(*) from t")).isEqualTo("2");
        engine.put("t", 7);
        assertThat(engine.value("select count(*) from t")).isEqualTo("7");
    }

    @Test
    void parametersTellStatementsApart() {
        engine.put("t", 100);
        String sql = "select count(*) from t where n < ?";
        assertThat(engine.value(sql, 10)).isEqualTo("10");
        assertThat(engine.value(sql, 20)).isEqualTo("20");
        assertThat(engine.value(sql, 10)).isEqualTo("10");
        assertThat(figure("result_hits")).isEqualTo(1);
        SqlRequest named = SqlRequest.of("select count(*) from t where n < $most");
        assertThat(engine.rows(named.withNamed(Map.of("most", 5))).toString()).contains("5");
        assertThat(engine.rows(named.withNamed(Map.of("most", 6))).toString()).contains("6");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select random() as r",
                "select \"random\"() as r",
                "select now() as r",
                "select current_timestamp as r",
                "select gen_random_uuid() as r",
                "select sum(n) from t using sample 3 rows",
                "from query('select random() as r')",
                "from shelf_queries()",
                "explain analyze select count(*) from t"
            })
    void keepsNothingThatChangesByItself(String sql) {
        engine.put("t", 1000);
        engine.rows(sql);
        engine.rows(sql);
        assertThat(figure("kept_results")).as(sql).isZero();
    }

    @Test
    void knowsEveryFunctionOfDuckDbThatChangesByItself() {
        List<List<String>> changing =
                engine.rows(
                        """
                        select distinct function_name from duckdb_functions()
                        where stability in ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')
                        """);
        assertThat(changing).isNotEmpty();
        for (List<String> name : changing) {
            // quotes make a name of every word; what is no function of that name fails to bind
            String sql =
                    "select \""
                            + name.getFirst().replace("'", "")
                            + "\" from (select 1 as \""
                            + name.getFirst()
                            + "\")";
            engine.rows(sql);
            assertThat(figure("kept_results")).as(name.getFirst()).isZero();
        }
    }

    @Test
    void staysBelowItsLimit() {
        engine.put("t", 400_000);
        for (int i = 0; i < 30; i++) {
            engine.rows("select n + " + i + " as m from t");
            assertThat(figure("kept_bytes")).isLessThanOrEqualTo(LIMIT.bytes());
        }
        assertThat(figure("kept_results")).isBetween(5L, 25L);
        // one that is larger than a quarter of all is not kept
        engine.put("large", 1_500_000);
        long before = figure("kept_results");
        engine.rows("select n, n as m from large");
        assertThat(figure("kept_results")).isEqualTo(before);
    }

    @Test
    void aReaderKeepsItsRowsWhenTheCacheLetsThemGo() throws Exception {
        engine.put("t", 50_000);
        String sql = "select n from t order by n";
        engine.rows(sql);
        try (SqlResult kept = engine.sql().query(sql)) {
            engine.put("t", 3);
            assertThat(engine.rows(sql)).hasSize(3);
            long rows = 0;
            while (kept.reader().loadNextBatch()) {
                rows += kept.reader().getVectorSchemaRoot().getRowCount();
            }
            assertThat(rows).isEqualTo(50_000);
        }
    }

    @Test
    void resultsReadInPartAreNotKept() throws Exception {
        engine.put("t", 500_000);
        try (SqlResult part = engine.sql().query("from t")) {
            assertThat(part.reader().loadNextBatch()).isTrue();
        }
        assertThat(figure("kept_results")).isZero();
    }

    private long figure(String name) {
        Map<String, Long> figures =
                engine.rows("select name, value from shelf_engine()").stream()
                        .collect(
                                Collectors.toMap(
                                        row -> row.getFirst().replace("\"", ""),
                                        row -> Long.parseLong(row.getLast())));
        return figures.getOrDefault(name, -1L);
    }
}
