package dev.arrowshelf.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.math.BigDecimal;
import java.util.List;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whole row groups and rows chosen from them have the values that were put, of every type and with
/// nulls: compared with the query that made the table, which reads no table.
final class ChosenRowsTest {
    private static final int ROWS = 80_000;
    private static final int PART_ROWS = 50_001;

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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(r - 500)::tinyint",
                "(x % 30000)::smallint",
                "(x - 40000)::int",
                "x * 1000000007",
                "(r / 7)::float",
                "r / 7",
                "x % 3 = 0",
                "date '1969-01-01' + r::int",
                "timestamp '1969-12-31' + interval (x) second",
                "(timestamp '1969-12-31' + interval (x) second)::timestamp_ns",
                "(timestamp '1969-12-31' + interval (x) second)::timestamptz",
                "time '00:00:01' + interval (r) second",
                "((r - 500) / 100)::decimal(4, 2)",
                "((x - 40000) / 100)::decimal(9, 2)",
                "(x - 40000)::decimal(18, 0) * 12345678901",
                "(x - 40000)::decimal(38, 0) * 1234567890123456789012345",
                "repeat(chr(97 + (r % 26)::int), (r % 23)::int)",
                "'é' || x",
                "'word ' || (r % 50)",
                "case when x < 50000 then 'few' else 'many ' || x end",
                "'a long beginning ' || chr(65 + (r % 26)::int) || ' and a long end'",
                "repeat('x', (r % 30)::int)::blob",
                "[x, r]",
                "{'a': x, 'b': 'text ' || r}",
            })
    void allRowsHaveTheValuesThatWerePut(String expression) {
        String value = "try(" + expression + ")";
        String sql =
                "select x, r, case when x %% 7 = 3 then null else %s end as c, %s as d from (select range as x, hash(range) %% 1000 as r from range(%d))"
                        .formatted(value, value, ROWS);
        try (SqlResult result = engine.sql().query(sql)) {
            temporary
                    .shelf()
                    .put("t", result.reader(), PutOptions.DEFAULT.withPartitions(PART_ROWS, 0));
        }
        for (String condition :
                List.of(
                        "true",
                        "r < 20",
                        "x between 49000 and 51000",
                        "r < 500 and x > 1000 and r > 100",
                        "r = 5000",
                        "r < 20 and c is null",
                        "x >= 0 and c is not null and r = 7")) {
            String wanted =
                    "select count(*), sum(x), bit_xor(hash(c)), bit_xor(hash(d, x)) from %s where "
                            + condition;
            assertThat(engine.rows(wanted.formatted("t")))
                    .as("%s where %s", expression, condition)
                    .isEqualTo(engine.rows(wanted.formatted("(" + sql + ")")));
        }
    }

    @Test
    void aDecimalThatDoesNotFitItsTypeIsRefusedUnlessItsRowIsNull() {
        try (DecimalVector c = new DecimalVector("c", engine.allocator(), 9, 2)) {
            c.allocateNew(2);
            c.set(0, new BigDecimal("1.25"));
            c.setNull(1);
            c.getDataBuffer().setLong(DecimalVector.TYPE_WIDTH, Long.MAX_VALUE);
            c.setValueCount(2);
            temporary.shelf().put("t", VectorSchemaRoot.of(c));
            assertThat(engine.value("select sum(c) from t")).isEqualTo("1.25");
            c.setIndexDefined(1);
            temporary.shelf().put("t", VectorSchemaRoot.of(c));
        }
        assertThatThrownBy(() -> engine.value("select sum(c) from t"))
                .hasMessageContaining("more digits");
        assertThatThrownBy(() -> engine.value("select sum(c) from t where c > 2"))
                .hasMessageContaining("more digits");
    }

    @Test
    void chosenRowsKeepTheOrderOfTheTable() {
        engine.put("t", ROWS);
        List<List<String>> rows = engine.rows("select n from t where s = 'word 3'");
        assertThat(rows).hasSize(ROWS / 10);
        assertThat(rows.stream().map(row -> Long.parseLong(row.getFirst())))
                .isSorted()
                .allMatch(n -> n % 10 == 3);
    }
}
