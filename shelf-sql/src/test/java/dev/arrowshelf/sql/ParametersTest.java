package dev.arrowshelf.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class ParametersTest {
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
    void everyKindOfValueArrives() {
        assertThat(typed(true)).isEqualTo("BOOLEAN true");
        assertThat(typed((byte) 3)).isEqualTo("BIGINT 3");
        assertThat(typed(Long.MIN_VALUE)).isEqualTo("BIGINT " + Long.MIN_VALUE);
        assertThat(typed(1.5f)).isEqualTo("DOUBLE 1.5");
        assertThat(typed(new BigInteger("170141183460469231731687303715884105727")))
                .isEqualTo("HUGEINT 170141183460469231731687303715884105727");
        assertThat(typed(new BigDecimal("-12.340"))).isEqualTo("DECIMAL(5,3) -12.340");
        assertThat(typed(new BigDecimal("1E3"))).isEqualTo("DECIMAL(4,0) 1000");
        assertThat(typed("it's \"x\"; ключ")).isEqualTo("VARCHAR it's \"x\"; ключ");
        assertThat(typed("")).isEqualTo("VARCHAR ");
        assertThat(typed(new byte[] {0, -1})).isEqualTo("BLOB \\x00\\xFF");
        UUID uuid = UUID.randomUUID();
        assertThat(typed(uuid)).isEqualTo("UUID " + uuid);
        assertThat(typed(LocalDate.of(2024, 2, 29))).isEqualTo("DATE 2024-02-29");
        assertThat(typed(LocalTime.of(1, 2, 3, 4000))).isEqualTo("TIME 01:02:03.000004");
        assertThat(typed(LocalDateTime.of(2024, 2, 29, 1, 2, 3)))
                .isEqualTo("TIMESTAMP 2024-02-29 01:02:03");
        assertThat(typed(LocalDateTime.of(2024, 2, 29, 1, 2, 3, 4)))
                .isEqualTo("TIMESTAMP_NS 2024-02-29 01:02:03.000000004");
        assertThat(typed(Instant.ofEpochSecond(1)))
                .isEqualTo("TIMESTAMP WITH TIME ZONE 1970-01-01 00:00:01+00");
        assertThat(typed(OffsetDateTime.parse("1970-01-01T02:00:00+02:00")))
                .isEqualTo("TIMESTAMP WITH TIME ZONE 1970-01-01 00:00:00+00");
        assertThat(typed(List.of(1, 2, 3))).isEqualTo("BIGINT[] [1, 2, 3]");
        assertThat(engine.value("select $1 is null", new Object[] {null})).isEqualTo("true");
    }

    @Test
    void namedAndNumberedParametersAreBound() {
        engine.put("t", 100);
        SqlRequest named =
                SqlRequest.of("select count(*) from t where n between $low and $high")
                        .withNamed(Map.of("low", 10, "high", 19));
        assertThat(engine.rows(named)).isEqualTo(List.of(List.of("10")));
        assertThat(engine.value("select $2 - $1 - $1", 1, 10)).isEqualTo("8");
        assertThat(engine.value("select count(*) from t where s = ? and n < ?", "word 3", 50))
                .isEqualTo("5");
        assertThat(
                        engine.value(
                                "select count(*) from t where n in (select unnest(?))",
                                List.of(1, 2, 300)))
                .isEqualTo("2");
    }

    @Test
    void valuesThatDoNotFitTheStatementAreRefused() {
        assertRefused(SqlRequest.of("select ?"));
        assertRefused(SqlRequest.of("select ?", 1, 2));
        assertRefused(SqlRequest.of("select 1", 1));
        assertRefused(SqlRequest.of("select $a").withNamed(Map.of("b", 1)));
        assertRefused(SqlRequest.of("select ?", new Object()));
        assertRefused(SqlRequest.of("select ?", 1).withNamed(Map.of("b", 1)));
    }

    private void assertRefused(SqlRequest request) {
        assertThatThrownBy(() -> engine.rows(request))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure ->
                                assertThat(failure.code())
                                        .isIn(ErrorCode.INVALID_SQL, ErrorCode.INVALID_ARGUMENT));
    }

    private String typed(Object value) {
        return engine.value("select typeof($1) || ' ' || $1::varchar", value);
    }
}
