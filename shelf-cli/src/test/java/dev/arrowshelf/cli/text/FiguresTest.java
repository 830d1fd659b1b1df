package dev.arrowshelf.cli.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class FiguresTest {
    @Test
    void groupsDigitsByThree() {
        assertThat(Figures.grouped(0)).isEqualTo("0");
        assertThat(Figures.grouped(999)).isEqualTo("999");
        assertThat(Figures.grouped(1000)).isEqualTo("1,000");
        assertThat(Figures.grouped(-123456)).isEqualTo("-123,456");
        assertThat(Figures.grouped(Long.MAX_VALUE)).isEqualTo("9,223,372,036,854,775,807");
    }

    @Test
    void countsInSingularAndPlural() {
        assertThat(Figures.counted(1, "row")).isEqualTo("1 row");
        assertThat(Figures.counted(0, "row")).isEqualTo("0 rows");
        assertThat(Figures.counted(12345, "row")).isEqualTo("12,345 rows");
    }

    @Test
    void tellsAgesInOneUnit() {
        assertThat(Figures.age(Duration.ofSeconds(-3))).isEqualTo("0s");
        assertThat(Figures.age(Duration.ofSeconds(99))).isEqualTo("99s");
        assertThat(Figures.age(Duration.ofSeconds(100))).isEqualTo("1m");
        assertThat(Figures.age(Duration.ofMinutes(99))).isEqualTo("99m");
        assertThat(Figures.age(Duration.ofHours(99))).isEqualTo("99h");
        assertThat(Figures.age(Duration.ofDays(400))).isEqualTo("400d");
    }

    @Test
    void tellsTimesWithThreeDigits() {
        assertThat(Figures.time(1_234)).isEqualTo("1.23 us");
        assertThat(Figures.time(45_670_000)).isEqualTo("45.7 ms");
        assertThat(Figures.time(456_700_000)).isEqualTo("457 ms");
        assertThat(Figures.time(2_100_000_000L)).isEqualTo("2.10 s");
    }

    @Test
    void roundsDecimals() {
        assertThat(Figures.decimal(0.022334567, 4)).isEqualTo("0.0223");
        assertThat(Figures.decimal(1.005e-7, 2)).isEqualTo("0.00");
    }
}
