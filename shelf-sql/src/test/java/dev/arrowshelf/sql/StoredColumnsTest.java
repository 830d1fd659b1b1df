package dev.arrowshelf.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.sql.model.ResultLimits;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which statements are answered by a table's own columns.
final class StoredColumnsTest {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private Engine engine;

    @BeforeEach
    void open() {
        engine = Engine.over(temporary.shelf());
        engine.put("t", 1000);
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select * from t",
                "from t",
                "  FROM shelf.t ; ",
                "select n, s from t",
                "SELECT \"n\",\"s\"\nFROM main._cache_t;",
                "select n, s from memory.main.t",
                "select * from T",
            })
    void allColumnsOfATable(String sql) {
        assertThat(columns(sql)).contains(List.of(0, 1));
    }

    @Test
    void someColumnsInAnyOrder() {
        assertThat(columns("select s from t")).contains(List.of(1));
        assertThat(columns("select s, n from t")).contains(List.of(1, 0));
        StoredColumns stored = engine.sql().storedColumns(SqlRequest.of("from _cache_t")).get();
        assertThat(stored.table()).isEqualTo("t");
        try (var table = temporary.shelf().get("t")) {
            assertThat(stored.generation()).isEqualTo(table.generation());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select n + 1 from t",
                "select n from t limit 3",
                "select n from t where n > 3",
                "select n from t order by n desc",
                "select distinct s from t",
                "select n as m from t",
                "select n m from t",
                "select n, n from t, t",
                "select n from t union all from t",
                "select t from t",
                "select rowid from t",
                "select current_date from t",
                "select 'n' from t",
                "select n from range(3) r(n)",
                "from shelf_tables()",
                "from duckdb_settings",
                "with t as (select 1 as n) select n from t",
                "select n from (select 1 as n) t",
                "select n from t -- a comment",
                "select n from nosuch",
                "select nosuch from t",
                "drop table t",
            })
    void everythingElseIsAQuery(String sql) {
        assertThat(columns(sql)).isEmpty();
    }

    @Test
    void aRequestWithValuesOrLimitsIsAQuery() {
        assertThat(engine.sql().storedColumns(SqlRequest.of("from t", 1))).isEmpty();
        SqlRequest limited = SqlRequest.of("from t").withLimits(new ResultLimits(10, 0));
        assertThat(engine.sql().storedColumns(limited)).isEmpty();
    }

    @Test
    void columnsThatSqlGivesOtherTypesAreQueried() {
        put("large", new LargeVarCharVector("words", engine.allocator()));
        assertThat(columns("from large")).isEmpty();
    }

    @Test
    void wordsThatAreValuesAreQueried() {
        put("odd", new BitVector("true", engine.allocator()));
        assertThat(columns("select true from odd")).isEmpty();
        assertThat(columns("select \"true\" from odd")).contains(List.of(0));
    }

    @Test
    void namesThatDifferInCaseOnlyAreQueried() {
        put(
                "twice",
                new BigIntVector("a", engine.allocator()),
                new BigIntVector("A", engine.allocator()));
        assertThat(columns("from twice")).isEmpty();
        assertThat(columns("select \"A\" from twice")).isEmpty();
    }

    @Test
    void aTableThatIsReplacedIsLookedAtAgain() {
        assertThat(columns("select n from t")).contains(List.of(0));
        put(
                "t",
                new BigIntVector("m", engine.allocator()),
                new BigIntVector("n", engine.allocator()));
        assertThat(columns("select n from t")).contains(List.of(1));
        temporary.shelf().delete("t");
        assertThat(columns("select n from t")).isEmpty();
    }

    private void put(String name, FieldVector... vectors) {
        try (VectorSchemaRoot root = VectorSchemaRoot.of(vectors)) {
            root.allocateNew();
            root.setRowCount(3);
            temporary.shelf().put(name, root, PutOptions.DEFAULT);
        }
    }

    private Optional<List<Integer>> columns(String sql) {
        return engine.sql().storedColumns(SqlRequest.of(sql)).map(StoredColumns::columns);
    }
}
