package dev.arrowshelf.store.owner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.KernelFeatures;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Everything a shelf does works without each of the things that make it fast.
final class FallbackTest {
    static Stream<Arguments> fallbacks() {
        UnaryOperator<ShelfOptions> leases = features(new KernelFeatures(false, true, true, true));
        UnaryOperator<ShelfOptions> recycle = features(new KernelFeatures(true, false, true, true));
        UnaryOperator<ShelfOptions> collapse =
                features(new KernelFeatures(true, true, false, true));
        UnaryOperator<ShelfOptions> populate =
                features(new KernelFeatures(true, true, true, false));
        UnaryOperator<ShelfOptions> pool = options -> options.withWarmPool(new ByteSize(0));
        UnaryOperator<ShelfOptions> slabs = options -> options.withSmallTableLimit(0);
        UnaryOperator<ShelfOptions> none =
                options -> features(KernelFeatures.NONE).apply(pool.apply(slabs.apply(options)));
        return Stream.of(
                Arguments.of("leases", leases, Map.of("leases", "off: by option")),
                Arguments.of("recycle", recycle, Map.of("recycle", "off: by option")),
                Arguments.of("collapse", collapse, Map.of("collapse", "off: by option")),
                Arguments.of("populate", populate, Map.of("populate", "off: by option")),
                Arguments.of("pool", pool, Map.of("pool", "off: by option")),
                Arguments.of("slabs", slabs, Map.of("slabs", "off: by option")),
                Arguments.of(
                        "none",
                        none,
                        Map.of("leases", "off: by option", "slabs", "off: by option")));
    }

    private static UnaryOperator<ShelfOptions> features(KernelFeatures features) {
        return options -> options.withFeatures(features);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fallbacks")
    void worksWithout(String name, UnaryOperator<ShelfOptions> without, Map<String, String> said)
            throws IOException {
        try (TestShelf shelf = new TestShelf()) {
            shelf.with(without.apply(shelf.options()));
            byte[] small = TestTables.stream(1, 2, 20);
            byte[] large = TestTables.stream(2, 4, 40_000);
            for (int round = 0; round < 3; round++) {
                shelf.putSmall("small", small);
                shelf.put("large", large, PutOptions.DEFAULT, 2);
                shelf.put("cut", large, PutOptions.DEFAULT.withPartitions(50_000, 0), 3);
                assertThat(shelf.read("small")).as(name).isEqualTo(TestShelf.lines(small));
                assertThat(shelf.read("large")).as(name).isEqualTo(TestShelf.lines(large));
                assertThat(shelf.read("cut")).as(name).isEqualTo(TestShelf.lines(large));
                shelf.owner().delete(TestShelf.key("large"));
                shelf.reopen();
                assertThat(shelf.keys()).containsExactly("cut", "small");
            }
            assertThat(shelf.owner().status().features()).containsAllEntriesOf(said);
            shelf.checkInvariants();
        }
    }

    @Test
    void saysWhyADirectoryOnDiskIsSlow(@TempDir Path disk) throws IOException {
        try (TestShelf shelf = new TestShelf()) {
            shelf.with(
                    ShelfOptions.of(disk.resolve("shelf"))
                            .withMemoryLimit(new ByteSize(64L << 20)));
            byte[] large = TestTables.stream(2, 2, 20_000);
            shelf.put("large", large);
            shelf.reopen();
            assertThat(shelf.read("large")).isEqualTo(TestShelf.lines(large));
            if (!shelf.owner().status().features().getOrDefault("tmpfs", "").equals("on")) {
                assertThat(shelf.owner().status().warnings())
                        .anySatisfy(warning -> assertThat(warning).contains("not on a tmpfs"));
            }
        }
    }

    @Test
    void aFullShelfNamesTheNumbersAndKeepsItsTables() throws IOException {
        try (TestShelf shelf = new TestShelf()) {
            shelf.with(
                    shelf.options()
                            .withMemoryLimit(new ByteSize(24L << 20))
                            .withWarmPool(new ByteSize(8L << 20)));
            byte[] table = TestTables.stream(3, 2, 60_000);
            int fitting = 0;
            ShelfException full = null;
            while (full == null) {
                try {
                    shelf.put("table" + fitting, table);
                    fitting++;
                } catch (ShelfException failure) {
                    full = failure;
                }
            }
            assertThat(full.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY);
            assertThat(full)
                    .hasMessageContainingAll(
                            "wanted=", "resident=", "pool=0 B", "limit=24 MiB", "free=");
            assertThat(fitting).isGreaterThanOrEqualTo(3);
            for (int i = 0; i < fitting; i++) {
                assertThat(shelf.read("table" + i)).isEqualTo(TestShelf.lines(table));
            }
            shelf.owner().delete(TestShelf.key("table0"));
            shelf.put("again", table);
            assertThat(shelf.owner().status().memory().used()).isLessThanOrEqualTo(24L << 20);
            shelf.checkInvariants();
        }
    }

    @Test
    void aSmallTableGoesIntoASegmentWhenThereIsNoRoomForASlab() throws IOException {
        try (TestShelf shelf = new TestShelf()) {
            shelf.with(
                    shelf.options()
                            .withMemoryLimit(new ByteSize(2L << 20))
                            .withWarmPool(new ByteSize(0)));
            byte[] small = TestTables.stream(4, 1, 10);
            shelf.putSmall("small", small);
            assertThat(shelf.names("tables")).hasSize(1);
            assertThat(shelf.read("small")).isEqualTo(TestShelf.lines(small));
            byte[] large = TestTables.stream(5, 2, 60_000);
            assertThatThrownBy(() -> shelf.put("large", large)).isInstanceOf(ShelfException.class);
            shelf.checkInvariants();
        }
    }
}
