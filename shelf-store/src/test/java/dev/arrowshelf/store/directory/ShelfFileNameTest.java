package dev.arrowshelf.store.directory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.directory.ShelfFileName.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ShelfFileNameTest {
    @ParameterizedTest
    @EnumSource
    void readsBackWhatItWrites(Kind kind) {
        int partition = kind == Kind.SEGMENT || kind == Kind.DEAD ? 0x1f : 0;
        ShelfFileName name = new ShelfFileName(0x0006_1234_5678_9abcL, partition, kind);
        assertThat(ShelfFileName.parse(name.text())).contains(name);
    }

    @Test
    void writesDigitsAsTheSpecificationSays() {
        assertThat(new ShelfFileName(0xabcL, 1, Kind.SEGMENT).text())
                .isEqualTo("0000000000000abc-00000001.arrow");
        assertThat(new ShelfFileName(0xabcL, 0, Kind.SLAB).text())
                .isEqualTo("0000000000000abc.slab");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".arrow",
                "abc-00000001.arrow",
                "0000000000000ABC-00000001.arrow",
                "0000000000000abc-00000001.arro",
                "0000000000000abc.arrow",
                "0000000000000abc-00000001.slab",
                "0000000000000abc-ffffffff.arrow",
                "0000000000000000.slab",
                "ffffffffffffffff.table",
                "7fffffffffffffff.table",
                "../00000000000abc.slab",
                "0000000000000abc.slab.slab"
            })
    void refusesOtherNames(String name) {
        assertThat(ShelfFileName.parse(name)).isEmpty();
    }
}
