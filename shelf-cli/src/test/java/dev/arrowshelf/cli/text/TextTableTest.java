package dev.arrowshelf.cli.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.cli.text.TextTable.Column;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TextTableTest {
    private final TextTable table =
            new TextTable(List.of(new Column("name", false), new Column("n", true)));

    @Test
    void alignsTextLeftAndNumbersRight() {
        table.add(List.of("a", "1"));
        table.add(List.of("longer name", "1,000"));
        assertThat(printed())
                .isEqualTo(
                        """
                        name             n
                        ───────────  ─────
                        a                1
                        longer name  1,000
                        """);
    }

    @Test
    void countsCellsOfATerminal() {
        table.add(List.of("日本", "1"));
        assertThat(printed().lines().toList()).containsExactly("name  n", "────  ─", "日本  1");
    }

    @Test
    void escapesAndClipsCells() {
        table.add(List.of("bad\nline", "1"));
        table.add(List.of("x".repeat(100), "2"));
        assertThat(printed())
                .contains("bad\\nline")
                .contains("x".repeat(47) + "…")
                .doesNotContain("x".repeat(48));
    }

    @Test
    void refusesARowThatDoesNotFit() {
        assertThatThrownBy(() -> table.add(List.of("one")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("row does not fit: cells=1, columns=2");
    }

    private String printed() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        table.print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
