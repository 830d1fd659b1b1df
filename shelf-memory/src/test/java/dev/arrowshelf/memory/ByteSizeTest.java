package dev.arrowshelf.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ByteSizeTest {
    @ParameterizedTest
    @CsvSource({
        "123, 123", "0, 0", "17 B, 17", "512MiB, 536870912", "4GB, 4000000000",
                "1.5 GiB, 1610612736",
        "2k, 2048", "3M, 3145728", "1kB, 1000", "1KiB, 1024", "1TiB, 1099511627776",
                "' 64 mib ', 67108864",
        "0.5KiB, 512", "9223372036854775807, 9223372036854775807"
    })
    void readsWhatPeopleWrite(String text, long bytes) {
        assertThat(ByteSize.parse(text).bytes()).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "MiB",
                "-1",
                "1,5GB",
                "4 GBs",
                "1e9",
                "0x10",
                "12 34",
                "1.GB",
                "9223372036854775808",
                "9999999TiB"
            })
    void refusesAnythingElseAndNamesIt(String text) {
        assertThatThrownBy(() -> ByteSize.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + text + "\"");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "1023, 1023 B",
        "1024, 1 KiB",
        "1536, 1.5 KiB",
        "536870912, 512 MiB",
        "4000000000, 3.7 GiB",
        "1099511627776, 1 TiB",
        "9223372036854775807, 8388608 TiB"
    })
    void writesForPeople(long bytes, String text) {
        assertThat(new ByteSize(bytes)).hasToString(text);
    }

    @Test
    void isNeverNegative() {
        assertThatThrownBy(() -> new ByteSize(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void comparesByBytes() {
        assertThat(ByteSize.parse("1GiB")).isGreaterThan(ByteSize.parse("1GB"));
    }
}
