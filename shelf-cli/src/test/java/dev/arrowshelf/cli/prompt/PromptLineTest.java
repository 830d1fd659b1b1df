package dev.arrowshelf.cli.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jline.reader.EOFError;
import org.jline.reader.Parser.ParseContext;
import org.junit.jupiter.api.Test;

final class PromptLineTest {
    @Test
    void findsTheWordAtTheCursor() {
        assertThat(at("select na|").word()).isEqualTo("na");
        assertThat(at("select na|me from a").wordCursor()).isEqualTo(2);
        assertThat(at("select o.na|").word()).isEqualTo("na");
        assertThat(at("select o.|").word()).isEmpty();
        assertThat(at("from |").word()).isEmpty();
        assertThat(at("from \"my-k|").word()).isEqualTo("\"my-k");
        assertThat(at(".ta|").word()).isEqualTo(".ta");
        assertThat(at(".schema or|").word()).isEqualTo("or");
        assertThat(at("|").words()).containsExactly("");
        assertThat(at("from | where x").wordIndex()).isEqualTo(1);
        assertThat(at("select a from b|").wordIndex()).isEqualTo(3);
    }

    @Test
    void asksForMoreUntilTheSemicolon() {
        assertThatThrownBy(() -> PromptLine.parse("select 1", 8, ParseContext.ACCEPT_LINE))
                .isInstanceOf(EOFError.class);
        assertThat(PromptLine.parse("select 1;", 9, ParseContext.ACCEPT_LINE).words())
                .startsWith("select", "1", ";");
        assertThat(PromptLine.parse(".tables", 7, ParseContext.ACCEPT_LINE).words())
                .containsExactly(".tables");
        assertThat(PromptLine.parse("", 0, ParseContext.ACCEPT_LINE).line()).isEmpty();
    }

    /// Parses a line whose cursor is the bar.
    private static PromptLine at(String line) {
        int cursor = line.indexOf('|');
        return PromptLine.parse(line.replace("|", ""), cursor, ParseContext.COMPLETE);
    }
}
