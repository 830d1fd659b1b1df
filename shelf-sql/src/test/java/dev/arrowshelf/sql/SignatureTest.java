package dev.arrowshelf.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.util.stream.Collectors;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What statements say of themselves before they run.
final class SignatureTest {
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

    @Test
    void columnsAreThoseOfTheResult() {
        for (String sql :
                new String[] {
                    "from t",
                    "select 1",
                    "select null",
                    "select n, n as n, count(*) from t group by all",
                    "select {'a': 1, 'b c': [1.5]} as s, map {'x': 1}, 'a'::enum('a', 'b') as e,"
                            + " [1, 2]::int[2]",
                    "select now(), date '2000-01-01', 1.25::decimal(30, 3), 1::hugeint, ''::blob,"
                            + " interval 1 day",
                    "select 1 as \"quoted \"\" name\"",
                    "describe t",
                    "explain select 1",
                    "pivot t on n % 3 using count(*)",
                }) {
            try (SqlResult result = engine.sql().query(sql)) {
                assertThat(engine.sql().signature(SqlRequest.of(sql)).columns())
                        .as(sql)
                        .isEqualTo(result.schema());
            }
        }
    }

    @Test
    void parametersHaveTheTypesThatTheStatementAsksFor() {
        assertThat(parameters("select * from t where n > ? and s = ?"))
                .isEqualTo("1: Int(64, true), 2: Utf8");
        assertThat(parameters("select * from t where n between $low and $high"))
                .isEqualTo("low: Int(64, true), high: Int(64, true)");
        assertThat(parameters("select ?::date, ?::double"))
                .isEqualTo("1: Date(DAY), 2: FloatingPoint(DOUBLE)");
        assertThat(parameters("select ?")).isEqualTo("1: Utf8");
        assertThat(parameters("select 1")).isEmpty();
    }

    @Test
    void aSignatureFollowsTheTableThatTheNameMeansNow() {
        SqlRequest request = SqlRequest.of("from T");
        Schema two = engine.sql().signature(request).columns();
        assertThat(engine.sql().signature(request).columns()).isSameAs(two);
        engine.put("t", 10);
        assertThat(engine.sql().signature(request).columns()).isEqualTo(two);
        try (BigIntVector only = new BigIntVector("only", engine.allocator())) {
            only.setSafe(0, 1);
            only.setValueCount(1);
            temporary.shelf().put("T", VectorSchemaRoot.of(only), PutOptions.DEFAULT);
        }
        assertThat(engine.sql().signature(request).columns().getFields())
                .extracting(Field::getName)
                .containsExactly("only");
        temporary.shelf().delete("T");
        temporary.shelf().delete("t");
        assertThatThrownBy(() -> engine.sql().signature(request))
                .isInstanceOf(ShelfException.class);
    }

    @Test
    void errorsAreThoseOfTheStatement() {
        assertThatThrownBy(() -> engine.sql().signature(SqlRequest.of("from nosuch")))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.NOT_FOUND));
        assertThatThrownBy(() -> engine.sql().signature(SqlRequest.of("drop table t")))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.FORBIDDEN));
        assertThatThrownBy(() -> engine.sql().signature(SqlRequest.of("select 1; select 2")))
                .isInstanceOf(ShelfException.class);
    }

    private String parameters(String sql) {
        Schema schema = engine.sql().signature(SqlRequest.of(sql)).parameters();
        return schema.getFields().stream()
                .map(field -> field.getName() + ": " + field.getType())
                .collect(Collectors.joining(", "));
    }
}
