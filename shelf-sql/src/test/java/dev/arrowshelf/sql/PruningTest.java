package dev.arrowshelf.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.CacheOptions;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.testkit.Deadline;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Filters rule row groups out, and never rows of the result: each count is compared with one whose
/// filter DuckDB has to evaluate for every row.
final class PruningTest {
    private static final int ROWS = 500_000;

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
    void aFilterOnASortedColumnTouchesOneRowGroup() {
        engine.put("t", 1_000_000);
        long before = engine.sql().use().groupsSkipped();
        assertThat(engine.value("select sum(n) from t where n between 500000 and 500009"))
                .isEqualTo("5000045");
        assertThat(engine.sql().use().groupsSkipped() - before).isEqualTo(8);
        assertThat(engine.value("select count(*) from t where n = 2000000")).isEqualTo("0");
        assertThat(engine.value("select count(*) from t where n in (5, 999999)")).isEqualTo("2");
        assertThat(engine.value("select count(*) from t where n < 10 or n > 999990"))
                .isEqualTo("19");
        assertThat(engine.value("select count(*) from t where 10 > n and s = 'word 3'"))
                .isEqualTo("1");
        assertThat(engine.value("select count(*) from t where n > $1", 999_990)).isEqualTo("9");
        assertThat(engine.value("select count(*) from t where n is null or n < 0")).isEqualTo("0");
    }

    @ParameterizedTest
    @EnumSource
    void aQueryBringsBackThePartitionsItNeeds(SpillCodec codec) {
        engine.close();
        temporary.close();
        CacheOptions cache = temporary.cache(EvictionMode.SPILL);
        Shelf shelf =
                temporary.shelf(
                        temporary
                                .options()
                                .withCache(cache.withSpill(cache.spill().withCodec(codec))));
        engine = Engine.over(shelf);
        engine.put("t", 200_000, PutOptions.DEFAULT.withPartitions(20_000, 0));
        String filtered = "select sum(n) from t where n between 50000 and 50009";
        assertThat(engine.value(filtered)).isEqualTo("500045");
        spillAll(shelf);
        assertThat(engine.value(filtered)).isEqualTo("500045");
        assertThat(spilled(shelf)).as("one of ten came back").isEqualTo(9);
        assertThat(engine.value("select sum(n) from t")).isEqualTo("19999900000");
        assertThat(spilled(shelf)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void rowsAreCountedWithoutFetchingPartitions(SpillCodec codec) {
        CacheOptions cache = temporary.cache(EvictionMode.SPILL);
        Shelf shelf =
                temporary.shelf(
                        temporary
                                .options()
                                .withCache(cache.withSpill(cache.spill().withCodec(codec))));
        engine = Engine.over(shelf);
        engine.put("t", 200_000, PutOptions.DEFAULT.withPartitions(20_000, 0));
        assertThat(engine.value("select count(*) from t")).isEqualTo("200000");
        spillAll(shelf);
        assertThat(engine.value("select count(*) from t")).isEqualTo("200000");
        assertThat(engine.value("select count(*) from t a, (select 1 union all select 2)"))
                .isEqualTo("400000");
        assertThat(spilled(shelf)).as("none came back").isEqualTo(10);
        assertThat(engine.value("select count(*) from t where n between 50000 and 50009"))
                .isEqualTo("10");
        assertThat(engine.rows("select * from t order by n limit 1").getFirst()).hasSize(2);
        assertThat(engine.value("select count(n) from t")).isEqualTo("200000");
        assertThat(spilled(shelf)).isZero();
    }

    private static void spillAll(Shelf shelf) {
        Deadline.ofSeconds(30)
                .await(
                        "all is spilled",
                        () -> {
                            shelf.spill("t");
                            return spilled(shelf) == 10;
                        });
    }

    private static int spilled(Shelf shelf) {
        return Objects.requireNonNull(shelf.details("t")).spilledPartitions();
    }

    @Test
    void longTextsRuleRowGroupsOut() {
        try (LargeVarCharVector c = new LargeVarCharVector("c", engine.allocator())) {
            for (int row = 0; row < ROWS; row++) {
                c.setSafe(row, "%07d".formatted(row).getBytes(StandardCharsets.UTF_8));
            }
            c.setValueCount(ROWS);
            temporary.shelf().put("t", VectorSchemaRoot.of(c));
        }
        long before = engine.sql().use().groupsSkipped();
        assertThat(engine.value("select count(*) from t where c between '0123456' and '0123465'"))
                .isEqualTo("10");
        assertThat(engine.sql().use().groupsSkipped()).isGreaterThan(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "decimal(9,2)",
                "decimal(18,3)",
                "decimal(38,10)",
                "varchar",
                "date",
                "timestamp"
            })
    void sortedValuesOfOtherTypesRuleRowGroupsOut(String type) {
        String value =
                switch (type) {
                    case "varchar" -> "lpad(x::varchar, 7, '0')";
                    case "date" -> "(date '2000-01-01' + (x // 100)::int)";
                    case "timestamp" -> "(timestamp '2000-01-01' + interval (x) second)";
                    default -> "(x / 100)::" + type;
                };
        String sql = "select x, %s as c from range(%d) t(x)".formatted(value, ROWS);
        try (SqlResult result = engine.sql().query(sql)) {
            temporary.shelf().put("t", result.reader());
        }
        String some = engine.value("select c::varchar from t where x = 123456");
        long before = engine.sql().use().groupsSkipped();
        assertThat(
                        engine.value(
                                "select count(*) > 0 from t where c = '%s'::%s"
                                        .formatted(some, type)))
                .isEqualTo("true");
        assertThat(engine.sql().use().groupsSkipped()).isGreaterThan(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(x % 100 - 50)::tinyint",
                "(x // 20 - 5000)::smallint",
                "(x - 250000)::int",
                "x * 1000000007 - 9000000000",
                "(x % 200)::utinyint",
                "(x // 10)::usmallint",
                "(x + 4000000000)::uinteger",
                "(x::ubigint + 18446744073709000000)",
                "((x - 250000) / 7)::float",
                "(x - 250000) / 7",
                "case when x % 1000 = 0 then 'nan'::double when x % 1001 = 0 then '-inf' else -x"
                        + " end",
                "date '1969-01-01' + (x % 1000)::int",
                "timestamp '1969-12-31' + interval (x) second",
                "(timestamp '1969-12-31' + interval (x) second)::timestamp_s",
                "(timestamp '1969-12-31' + interval (x) second)::timestamp_ms",
                "(timestamp '1969-12-31' + interval (x) second)::timestamp_ns",
                "(timestamp '1969-12-31' + interval (x) second)::timestamptz",
                "lpad(x::varchar, 7, '0')",
                "chr(97 + (x % 26)::int) || repeat('é', (x % 5)::int)",
                "(x / 100)::decimal(18, 3)",
                "x % 2 = 0",
                "case when x < 250000 then null else x end",
            })
    void whateverTheTypeEveryRowOfTheResultIsFound(String expression) {
        String sql =
                "select case when x %% 11 = 3 then null else %s end as c from (select range as x from range(%d))"
                        .formatted(expression, ROWS);
        try (SqlResult result = engine.sql().query(sql)) {
            temporary.shelf().put("t", result.reader());
        }
        long seed = Long.getLong("shelf.seed", new Random().nextLong());
        Random random = new Random(seed);
        for (String operator : List.of("=", "<", "<=", ">", ">=", "<>")) {
            String some =
                    "(select c from t where c is not null limit 1 offset %d)"
                            .formatted(random.nextInt(ROWS / 3));
            String type = engine.value("select typeof(c) from t limit 1");
            String constant =
                    "'%s'::%s"
                            .formatted(
                                    engine.value("select %s::varchar as v".formatted(some)), type);
            for (String shape :
                    List.of(
                            "c %s %s",
                            "c %s %s and c is not null",
                            "(c %s %s or c is null)",
                            "c %1$s %2$s and c <= %2$s")) {
                String condition = shape.formatted(operator, constant);
                String pruned = engine.value("select count(*) from t where " + condition);
                String all =
                        engine.value("select count(*) filter (%s) from t".formatted(condition));
                assertThat(pruned).as("-Dshelf.seed=%d %s", seed, condition).isEqualTo(all);
            }
        }
    }
}
