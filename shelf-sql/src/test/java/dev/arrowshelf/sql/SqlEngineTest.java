package dev.arrowshelf.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.VectorSource;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.io.IOException;
import java.util.List;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SqlEngineTest {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private Engine engine;

    @BeforeEach
    void open() {
        engine = Engine.over(temporary.shelf());
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void selectsAConstant() {
        assertThat(engine.value("select 42 as answer")).isEqualTo("42");
    }

    @Test
    void readsATableOfSeveralRowGroups() {
        engine.put("numbers", 300_000);
        assertThat(engine.rows("select count(*), sum(n), min(s), max(s) from numbers"))
                .isEqualTo(List.of(List.of("300000", "44999850000", "word 0", "word 9")));
    }

    @Test
    void keepsTheOrderOfTheTable() throws Exception {
        engine.put("numbers", 300_000);
        try (SqlResult result = engine.sql().query("select n from numbers where n % 3 = 0")) {
            ArrowReader reader = result.reader();
            long expected = 0;
            while (reader.loadNextBatch()) {
                BigIntVector vector = (BigIntVector) reader.getVectorSchemaRoot().getVector(0);
                for (int i = 0; i < vector.getValueCount(); i++, expected += 3) {
                    assertThat(vector.get(i)).isEqualTo(expected);
                }
            }
            assertThat(expected).isEqualTo(300_000);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select count(*) from t a join t b using (n)",
                "with x as (select n from t) select count(*) from x a, x b where a.n = b.n",
                "select count(*) from (select n from t intersect select n from t)",
                "select count(*) from (select n, lag(n) over (order by n) p from t)",
                "select count(*) from (from t)",
                "select count(*) from (select unnest([n]) from t)",
                "from t select count(*)",
                "select count(*) from t where n in (select n from t)",
                "select max(n) + 1 from t",
                "select count(*) from (select distinct n from t)",
                "/* a comment */ select -- another\n count(*) from t;",
            })
    void runsWhatSqlHas(String sql) {
        engine.put("t", 5000);
        assertThat(engine.value(sql)).isEqualTo("5000");
    }

    @Test
    void describesSummarizesAndPivots() {
        engine.put("t", 100);
        assertThat(engine.rows("describe t").getFirst()).startsWith("n", "BIGINT");
        assertThat(engine.rows("describe select s from t").getFirst()).startsWith("s", "VARCHAR");
        assertThat(engine.rows("summarize t")).hasSize(2);
        assertThat(engine.rows("values (1, 'a'), (2, 'b')")).hasSize(2);
        assertThat(
                        engine.rows(
                                "pivot (select s, n % 2 as odd from t) on s using count(*) group by odd"))
                .hasSize(2);
        assertThat(engine.rows("select * from (pivot t on s in ('word 0') using count(*))"))
                .isNotEmpty();
    }

    @Test
    void readsATableWithoutRowsAndOneWithoutBatches() {
        engine.put("empty", 0);
        assertThat(engine.value("select count(*) from empty")).isEqualTo("0");
        assertThat(engine.rows("select * from empty")).isEmpty();
    }

    @Test
    void readsAllPartitions() {
        engine.put("whole", 10_000);
        try (ShelfTable whole = temporary.shelf().get("whole");
                ArrowReader reader = whole.reader()) {
            temporary
                    .shelf()
                    .put("cut", VectorSource.of(reader), PutOptions.DEFAULT.withPartitions(700, 0));
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
        try (ShelfTable cut = temporary.shelf().get("cut")) {
            assertThat(cut.partitionCount()).isGreaterThan(10);
        }
        assertThat(engine.value("select sum(n) from cut")).isEqualTo("49995000");
        assertThat(engine.value("select count(*) from cut join whole using (n, s)"))
                .isEqualTo("10000");
    }

    @Test
    void aQuerySeesTheTableAsItWasWhenItBegan() throws Exception {
        engine.put("t", 1_000_000);
        try (SqlResult result = engine.sql().query("select n from t")) {
            ArrowReader reader = result.reader();
            assertThat(reader.loadNextBatch()).isTrue();
            engine.put("t", 10);
            temporary.shelf().delete("t");
            long rows = reader.getVectorSchemaRoot().getRowCount();
            while (reader.loadNextBatch()) {
                rows += reader.getVectorSchemaRoot().getRowCount();
            }
            assertThat(rows).isEqualTo(1_000_000);
        }
        assertThatThrownBy(() -> engine.rows("from t")).hasMessageContaining("no such table");
    }

    @Test
    void explainsAPlanAndMeasuresIt() {
        engine.put("t", 1000);
        SqlRequest request = SqlRequest.of("select sum(n) from t where n > ?", 5);
        assertThat(engine.sql().explain(request, false, false)).contains("ARROWSHELF_SCAN");
        assertThat(engine.sql().explain(request, true, false)).contains("ARROWSHELF_SCAN");
        assertThat(engine.sql().explain(request, false, true)).startsWith("[");
        assertThat(engine.rows("explain select 1")).isNotEmpty();
        assertThat(engine.rows("explain analyze (select 1)")).isNotEmpty();
        assertThat(engine.rows("EXPLAIN /* x */ (ANALYZE, FORMAT json) select 1")).isNotEmpty();
    }

    @Test
    void tellsWhereASyntaxErrorLies() {
        assertThatThrownBy(() -> engine.rows("select 1 +\n from where"))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_SQL))
                .hasMessageContaining("LINE 2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ";",
                "-- nothing",
                "select",
                "select 1; select 2",
                "select nosuch from t",
                "select n + s from t",
                "select cast(s as integer) from t",
                "select 1 // 0",
                "select n % (n - 5) from t",
                "select 1 // (n - 5) from t",
                "select nosuch(1)",
                "select 1 \0",
                "select $1",
            })
    void wrongStatementsAreTheCallersFault(String sql) {
        engine.put("t", 10);
        assertThatThrownBy(() -> engine.rows(sql))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_SQL));
    }

    @Test
    void aConnectionIsUsableAfterAFailure() {
        for (int i = 0; i < 20; i++) {
            assertThatThrownBy(() -> engine.rows("select error('no ' || range) from range(9999)"))
                    .hasMessageContaining("no ");
            assertThat(engine.value("select 1")).isEqualTo("1");
        }
    }

    @Test
    void runsLongTextsAndWideResults() {
        String many = "select " + "1 + ".repeat(20_000) + "1 as x";
        assertThatThrownBy(() -> engine.rows(many)).isInstanceOf(ShelfException.class);
        String list = "select length('" + "x".repeat(1 << 20) + "')";
        assertThatThrownBy(() -> engine.value(list)).hasMessageContaining("AS");
        assertThat(engine.value(list + " as n")).isEqualTo("1048576");
        StringBuilder wide = new StringBuilder("select 0");
        for (int i = 1; i < 10_000; i++) {
            wide.append(", ").append(i);
        }
        assertThat(engine.rows(wide.toString()).getFirst()).hasSize(10_000);
    }
}
