package dev.arrowshelf.cli.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StatementTextTest {
    @Test
    void cutsAtSemicolonsThatStandAlone() {
        assertThat(StatementText.split("select 1; select 2 ;\n;; -- nothing\n; /* ; */ from a"))
                .containsExactly("select 1", "select 2", "/* ; */ from a");
        assertThat(StatementText.split("")).isEmpty();
        assertThat(StatementText.split(" ; \n")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select ';'",
                "select 'it''s;'",
                "select \"a;b\"",
                "select \"a\"\";b\"",
                "select $$;$$",
                "select $x$ $$;$ $x$",
                "select E'\\';'",
                "select 1 /* ; /* ; */ ; */ + 1",
                "select 1 -- ;\n + 1",
                "select 'open ;",
                "select $x$ open ;",
                "select 1 /* open ;"
            })
    void leavesSemicolonsInQuotesAndComments(String statement) {
        assertThat(StatementText.split(statement)).containsExactly(statement);
        assertThat(StatementText.isComplete(statement)).isFalse();
    }

    @Test
    void takesParametersAndBackslashesForWhatTheyAre() {
        assertThat(StatementText.split("select $1; select a$b$; select 2"))
                .containsExactly("select $1", "select a$b$", "select 2");
        assertThat(StatementText.split("select '\\'; select 2"))
                .containsExactly("select '\\'", "select 2");
        assertThat(StatementText.split("select same'\\'; select 2")).hasSize(2);
    }

    @Test
    void isCompleteBehindItsLastSemicolon() {
        assertThat(StatementText.isComplete("select 1;")).isTrue();
        assertThat(StatementText.isComplete("select 1; -- done")).isTrue();
        assertThat(StatementText.isComplete("")).isTrue();
        assertThat(StatementText.isComplete("select 1; select")).isFalse();
        assertThat(StatementText.isComplete("select 1")).isFalse();
    }
}
