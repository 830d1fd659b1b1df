package dev.arrowshelf.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.testkit.TemporaryShelf;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What SQL tells about the shelf and itself.
final class SystemTablesTest {
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
    void tablesAreListedWithTheirFacts() {
        assertThat(engine.value("select count(*) from shelf_tables()")).isEqualTo("0");
        engine.put("b \"quoted\" 'name' \\", 10);
        engine.put("a", 20);
        assertThat(engine.rows("select name, rows, columns, partitions from shelf_tables()"))
                .containsExactly(
                        List.of("a", "20", "2", "1"),
                        List.of("b \"quoted\" 'name' \\", "10", "2", "1"));
        assertThat(
                        engine.value(
                                "select count(*) from shelf_tables() where bytes > 0 and generation > 0 and created between now()::timestamptz - interval 1 hour and now()::timestamptz + interval 1 hour and expires is null and metadata is null"))
                .isEqualTo("2");
        assertThat(
                        engine.value(
                                "select sum(p.rows)::bigint from shelf_tables() t join shelf_partitions() p using (name)"))
                .isEqualTo("30");
    }

    @Test
    void partitionsAreListed() {
        engine.put("t", 1000);
        assertThat(engine.rows("select name, partition, rows from shelf_partitions()"))
                .containsExactly(List.of("t", "0", "1000"));
    }

    @Test
    void aQuerySeesItselfRun() {
        assertThat(engine.value("select query from shelf_queries() where seconds >= 0"))
                .contains("shelf_queries()");
        try (SqlResult other = engine.sql().query("select range as other from range(100000000)")) {
            assertThat(other.schema().getFields()).hasSize(1);
            assertThat(engine.value("select count(*) from shelf_queries()")).isEqualTo("2");
        }
        assertThat(engine.value("select count(*) from shelf_queries()")).isEqualTo("1");
    }

    @Test
    void settingsAreTold() {
        assertThat(engine.value("select value from shelf_settings() where name = 'queries'"))
                .isEqualTo("4");
        assertThat(engine.value("select count(*) from shelf_settings() where meaning is null"))
                .isEqualTo("0");
    }

    @Test
    void theEngineTellsWhatQueriesHold() {
        engine.put("t", 1000);
        assertThat(
                        engine.rows(
                                "select name, value from shelf_engine() where name in"
                                        + " ('running', 'waiting', 'tables', 'blocks', 'objects')"))
                .containsExactly(
                        List.of("running", "1"),
                        List.of("waiting", "0"),
                        List.of("tables", "0"),
                        List.of("blocks", "0"),
                        List.of("objects", "0"));
        try (SqlResult other = engine.sql().query("from t")) {
            assertThat(other.schema().getFields()).hasSize(2);
            assertThat(engine.value("select value from shelf_engine() where name = 'tables'"))
                    .isEqualTo("1");
        }
    }
}
