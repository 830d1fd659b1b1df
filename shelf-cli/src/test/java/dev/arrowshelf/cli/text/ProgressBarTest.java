package dev.arrowshelf.cli.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ProgressBarTest {
    @Test
    void showsShareAndAmount() {
        assertThat(ProgressBar.line("put", 512L << 20, 1L << 30))
                .isEqualTo("put  [###############...............]  50 %  512 MiB");
    }

    @Test
    void showsTheAmountAloneWhenTheTotalIsNotKnown() {
        assertThat(ProgressBar.line("put", 3000L << 20, 0)).isEqualTo("put  3,000 MiB");
    }

    @Test
    void neverShowsMoreThanAll() {
        assertThat(ProgressBar.line("put", 2000, 1000)).contains("100 %").contains("#".repeat(30));
    }
}
