package dev.arrowshelf.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.testkit.Deadline;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Copies of tables that are named often, in DuckDB's own storage.
final class TwinsTest {
    private static final int ROWS = 200_000;

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();
    private Engine engine;

    @BeforeEach
    void open() {
        engine =
                Engine.over(
                        temporary.shelf(),
                        SqlOptions.defaults().withTwins(ByteSize.parse("16MiB")));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void aTableThatIsNamedAgainIsReadFromItsCopyWithTheSameRows() {
        engine.put("my table", ROWS);
        String sql = "select n, s from \"my table\" t where t.n % 1000 = 7";
        List<List<String>> first = engine.rows(sql);
        assertThat(plan("my table")).contains("ARROWSHELF_SCAN");
        awaitCopy("my table");
        assertThat(plan("my table")).doesNotContain("ARROWSHELF_SCAN");
        assertThat(engine.rows(sql)).isEqualTo(first).hasSize(ROWS / 1000);
        assertThat(engine.rows("select \"my table\".n from \"my table\" limit 3"))
                .isEqualTo(List.of(List.of("0"), List.of("1"), List.of("2")));
        assertThat(engine.rows("describe \"my table\""))
                .extracting(row -> row.get(1))
                .containsExactly("BIGINT", "VARCHAR");
    }

    @Test
    void aReplacedTableIsNeverReadFromTheCopyOfTheOldOne() {
        engine.put("t", ROWS);
        awaitCopy("t");
        assertThat(engine.value("select count(*) from t")).isEqualTo("" + ROWS);
        engine.put("t", 5);
        assertThat(engine.value("select count(*) from t")).isEqualTo("5");
        awaitCopy("t");
        assertThat(engine.value("select count(*) from t")).isEqualTo("5");
        temporary.shelf().delete("t");
        Deadline.ofSeconds(30).await("copies to be dropped", () -> twinBytes() == 0);
    }

    @Test
    void aQueryThatBeganWithACopyKeepsIt() throws Exception {
        engine.put("t", ROWS);
        awaitCopy("t");
        try (SqlResult begun = engine.sql().query("select n from t order by n")) {
            engine.put("t", 5);
            assertThat(engine.value("select count(*) from t")).isEqualTo("5");
            long rows = 0;
            while (begun.reader().loadNextBatch()) {
                rows += begun.reader().getVectorSchemaRoot().getRowCount();
            }
            assertThat(rows).isEqualTo(ROWS);
        }
    }

    @Test
    void copiesStayBelowTheirLimit() {
        for (String name : List.of("a", "b", "c", "d", "e")) {
            engine.put(name, ROWS);
            awaitCopy(name);
            assertThat(twinBytes()).isPositive().isLessThanOrEqualTo(16L << 20);
        }
        engine.put("large", 10 * ROWS);
        for (int i = 0; i < 5; i++) {
            assertThat(engine.value("select count(*) from large")).isEqualTo("" + 10 * ROWS);
        }
        assertThat(plan("large")).contains("ARROWSHELF_SCAN");
    }

    private void awaitCopy(String name) {
        Deadline.ofSeconds(30)
                .await("a copy of " + name, () -> !plan(name).contains("ARROWSHELF_SCAN"));
    }

    private String plan(String name) {
        return engine.sql()
                .explain(SqlRequest.of("select sum(n) from \"" + name + '"'), false, false);
    }

    private long twinBytes() {
        return Long.parseLong(
                engine.value("select value from shelf_engine() where name = 'twin_bytes'"));
    }
}
