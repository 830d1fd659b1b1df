package dev.arrowshelf.cli.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class PrintableTextTest {
    @Test
    void leavesOrdinaryTextAlone() {
        for (String text : new String[] {"prices", "a b/c\\d", "größe", "日本語", "👩‍🚀 emoji"}) {
            assertThat(PrintableText.of(text)).isEqualTo(text);
        }
    }

    @Test
    void escapesWhatActsOnATerminal() {
        assertThat(PrintableText.of("a\u001b[31mb\n\r\t\0\u007f\u0085"))
                .isEqualTo("a\\u001b[31mb\\n\\r\\t\\u0000\\u007f\\u0085");
        assertThat(PrintableText.of("abc\u202Etxt.exe")).isEqualTo("abc\\u202etxt.exe");
        assertThat(PrintableText.of("line\u2028separator")).isEqualTo("line\\u2028separator");
    }

    @Test
    void differentTextsNeverPrintAlike() {
        assertThat(PrintableText.of("a\\n\n")).isEqualTo("a\\\\n\\n");
    }

    @Test
    void countsCellsOfWideAndCombiningCharacters() {
        assertThat(PrintableText.cells("abc")).isEqualTo(3);
        assertThat(PrintableText.cells("日本")).isEqualTo(4);
        assertThat(PrintableText.cells("e\u0301")).isEqualTo(1);
        assertThat(PrintableText.cells("🚀")).isEqualTo(2);
    }

    @Test
    void clipsToCellsNotToCharacters() {
        assertThat(PrintableText.clipped("abcdef", 6)).isEqualTo("abcdef");
        assertThat(PrintableText.clipped("abcdef", 4)).isEqualTo("abc…");
        assertThat(PrintableText.clipped("日本語", 5)).isEqualTo("日本…");
        assertThat(PrintableText.clipped("日本語", 4)).isEqualTo("日…");
        assertThat(PrintableText.clipped("🚀🚀🚀", 3)).isEqualTo("🚀…");
    }
}
