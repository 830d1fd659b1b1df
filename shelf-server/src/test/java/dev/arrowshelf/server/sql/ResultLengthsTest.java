package dev.arrowshelf.server.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.sql.model.SqlRequest;
import org.junit.jupiter.api.Test;

final class ResultLengthsTest {
    private final ResultLengths lengths = new ResultLengths();

    @Test
    void theLastLengthOfAStatementIsKnown() {
        lengths.note(SqlRequest.of("FROM a"), 10);
        lengths.note(SqlRequest.of("FROM a"), 20);
        assertThat(lengths.of(SqlRequest.of("FROM a"))).isEqualTo(20);
        assertThat(lengths.of(SqlRequest.of("FROM b"))).isZero();
    }

    @Test
    void statementsThatNobodyAskedForLongAreForgotten() {
        SqlRequest used = SqlRequest.of("FROM used");
        lengths.note(used, 7);
        lengths.note(SqlRequest.of("FROM unused"), 7);
        for (int i = 0; i < 255; i++) {
            assertThat(lengths.of(used)).isEqualTo(7);
            lengths.note(SqlRequest.of("FROM t" + i), i);
        }
        assertThat(lengths.of(used)).isEqualTo(7);
        assertThat(lengths.of(SqlRequest.of("FROM unused"))).isZero();
    }

    @Test
    void longTextsAreNotKept() {
        SqlRequest statement = SqlRequest.of("FROM t --" + "x".repeat(1 << 20));
        lengths.note(statement, 7);
        assertThat(lengths.of(statement)).isZero();
    }
}
