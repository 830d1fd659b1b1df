package dev.arrowshelf.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.redis.file.FileComparison;
import dev.arrowshelf.redis.gen.DataSetGenerator;
import dev.arrowshelf.redis.gen.GenOptions;
import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.layout.Manifest;
import dev.arrowshelf.redis.layout.PartitionRule;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.redis.process.PrivateRedis;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.redis.read.ReadOptions;
import dev.arrowshelf.redis.read.ReadReport;
import dev.arrowshelf.redis.read.ReadTarget;
import dev.arrowshelf.redis.split.SplitOptions;
import dev.arrowshelf.redis.split.SplitReport;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// gen, split and read against a real Redis.
final class RoundTripIT {
    private static PrivateRedis redis;
    private static DataSets sets;
    private static RedisLink link;

    @RegisterExtension private final TemporaryShelf shelf = new TemporaryShelf();

    @TempDir private Path folder;

    @BeforeAll
    static void start() throws IOException {
        redis = PrivateRedis.start();
        RedisOptions options = RedisOptions.of(redis.url());
        sets = DataSets.connect(options);
        link = RedisLink.connect(options);
    }

    @AfterAll
    static void stop() {
        link.close();
        sets.close();
        redis.close();
    }

    @AfterEach
    void nothingIsLeft() {
        sets.list().keySet().forEach(sets::delete);
        assertThat(keys()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "ZSTD, true, ARROWSHELF",
        "ZSTD, false, ARROWREDIS",
        "LZ4, true, ARROWREDIS",
        "LZ4, false, ARROWSHELF",
        "NONE, true, ARROWSHELF",
        "NONE, false, ARROWREDIS"
    })
    void readsBackWhatWasSplit(Compression codec, boolean dictionary, Layout layout)
            throws IOException {
        Path file = generate(codec, dictionary);

        SplitReport split = sets.split(file, SplitOptions.of("data").withLayout(layout));
        Path back = folder.resolve("back.arrow");
        ReadReport read =
                sets.read(ReadOptions.of("data"), ReadTarget.file(back, Optional.empty()));

        assertThat(difference(file, back)).isEmpty();
        assertThat(split.manifest().codec()).isEqualTo(codec.text());
        assertThat(split.manifest().rows()).isEqualTo(read.rows()).isEqualTo(3 * 4 * 1000);
        assertThat(keys()).allSatisfy(key -> assertThat(key).startsWith("data:"));
        if (layout == Layout.ARROWREDIS) {
            assertThat(keys())
                    .hasSize(3 * 4 + 1)
                    .contains("data:{part=00002}:batch=00003", "data:manifest");
        }
    }

    @Test
    void batchesTravelAsTheyAre() throws IOException {
        Path file = generate(Compression.ZSTD, true);
        sets.split(file, SplitOptions.of("data").withCompression(Compression.ZSTD));
        Path back = folder.resolve("back.arrow");

        sets.read(ReadOptions.of("data"), ReadTarget.file(back, Optional.of(Compression.ZSTD)));

        assertThat(Files.mismatch(file, back)).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({"ZSTD, LZ4", "LZ4, NONE", "NONE, ZSTD"})
    void changesTheCompressionOnTheWay(Compression stored, Compression written) throws IOException {
        Path file = generate(Compression.ZSTD, true);
        SplitReport split = sets.split(file, SplitOptions.of("data").withCompression(stored));
        Path back = folder.resolve("back.arrow");
        sets.read(ReadOptions.of("data"), ReadTarget.file(back, Optional.of(written)));

        assertThat(split.manifest().codec()).isEqualTo(stored.text());
        assertThat(difference(file, back)).isEmpty();
    }

    @Test
    void readsChosenPartitionsAndColumnsInTheirOrder() throws IOException {
        Path file = generate(Compression.ZSTD, true);
        sets.split(file, SplitOptions.of("data"));
        Path back = folder.resolve("back.arrow");
        ReadReport report =
                sets.read(
                        ReadOptions.of("data")
                                .withPartitions(List.of(2L, 0L))
                                .withColumns(List.of("str_c", "list_ints", "id64")),
                        ReadTarget.file(back, Optional.empty()));

        List<String> lines = ArrowLines.of(back);
        List<String> all = ArrowLines.of(file, "str_c", "list_ints", "id64");
        assertThat(report.rows()).isEqualTo(8000);
        assertThat(lines.subList(0, 4000)).isEqualTo(all.subList(8000, 12000));
        assertThat(lines.subList(4000, 8000)).isEqualTo(all.subList(0, 4000));
    }

    @Test
    void putsADataSetOnAShelf() throws IOException {
        Path file = generate(Compression.ZSTD, true);
        sets.split(file, SplitOptions.of("data").withLayout(Layout.ARROWREDIS));
        try (Shelf door = Shelf.open(shelf.options())) {
            sets.read(ReadOptions.of("data"), ReadTarget.shelf(door, "table", PutOptions.DEFAULT));
            try (ShelfTable table = door.get("table")) {
                assertThat(table.rowCount()).isEqualTo(12_000);
            }
        }
    }

    @Test
    void aRowBelongsToThePartitionOfItsOwnValue() throws IOException {
        Path file = generate(Compression.ZSTD, true);
        // id64 runs through the batches: 700 rows a partition cut every batch of 1000 somewhere.
        SplitReport report =
                sets.split(
                        file,
                        SplitOptions.of("data").withSplitBy(new PartitionRule("id64", 700, 0)));
        Path back = folder.resolve("back.arrow");
        sets.read(
                ReadOptions.of("data").withPartitions(List.of(1L)),
                ReadTarget.file(back, Optional.empty()));

        assertThat(report.manifest().partitions()).hasSize(18);
        assertThat(ArrowLines.of(back)).isEqualTo(ArrowLines.of(file).subList(700, 1400));
    }

    @Test
    void aMissingChunkIsAnErrorWithItsKeyOrLeftOutOnRequest() throws IOException {
        Path file = generate(Compression.ZSTD, true);
        Manifest manifest = sets.split(file, SplitOptions.of("data")).manifest();
        byte[] key = chunkKey(manifest, 1);
        link.remove(List.of(key)).join();

        assertThatThrownBy(() -> sets.read(ReadOptions.of("data"), ReadTarget.nowhere()))
                .hasMessageContaining(text(key))
                .extracting(failure -> ((ShelfException) failure).code())
                .isEqualTo(ErrorCode.INCOMPLETE);
        ReadReport report =
                sets.read(ReadOptions.of("data").withAllowMissing(true), ReadTarget.nowhere());
        assertThat(report.missing()).containsExactly(text(key));
        assertThat(report.rows()).isLessThan(12_000);
    }

    @Test
    void aChangedCutOrReplacedChunkIsAnErrorWithItsKey() throws IOException {
        Path file = generate(Compression.ZSTD, true);
        Manifest manifest = sets.split(file, SplitOptions.of("data")).manifest();
        byte[] key = chunkKey(manifest, 2);
        byte[] value = link.get(key).join().orElseThrow();

        byte[] changed = value.clone();
        changed[changed.length / 2] ^= 1;
        expectCorrupt(key, changed);
        expectCorrupt(key, Arrays.copyOf(value, value.length - 8));

        link.remove(List.of(key)).join();
        link.setField(key, "a", new byte[] {1}, Duration.ZERO).join();
        assertThatThrownBy(() -> sets.read(ReadOptions.of("data"), ReadTarget.nowhere()))
                .hasMessageContaining(text(key));
        link.remove(List.of(key)).join();
    }

    private void expectCorrupt(byte[] key, byte[] value) {
        link.set(key, ChunkBytes.of(value), Duration.ZERO).join();
        assertThatThrownBy(() -> sets.read(ReadOptions.of("data"), ReadTarget.nowhere()))
                .hasMessageContaining(text(key))
                .extracting(failure -> ((ShelfException) failure).code())
                .isEqualTo(ErrorCode.CORRUPT);
    }

    @Test
    void aNewGenerationReplacesTheOldOneAndItsChunks() throws IOException {
        Path file = generate(Compression.ZSTD, true);
        Manifest first = sets.split(file, SplitOptions.of("data")).manifest();
        Manifest second = sets.split(file, SplitOptions.of("data")).manifest();

        assertThat(second.generation()).isGreaterThan(first.generation());
        assertThat(keys())
                .noneMatch(key -> key.contains(DataSetKeys.hex(first.generation())))
                .hasSize((int) second.chunks() + second.head().size() + 1);
    }

    @Test
    void fewerBatchesLeaveNoStaleValuesInTheLayoutOfArrowRedis() throws IOException {
        GenOptions large = options(Compression.ZSTD, true);
        GenOptions small = new GenOptions(2, 2, 1000, Compression.ZSTD, large.strings(), 5, 1);
        Path file = generate(large, "large.arrow");
        SplitOptions options = SplitOptions.of("data").withLayout(Layout.ARROWREDIS);
        sets.split(file, options);
        sets.split(generate(small, "small.arrow"), options);

        assertThat(keys()).hasSize(2 * 2 + 1);
    }

    @Test
    void everyKeyExpiresAndTheManifestFirst() throws IOException {
        Path file = generate(Compression.ZSTD, true);
        sets.split(file, SplitOptions.of("data").withTimeToLive(Duration.ofSeconds(100)));

        long manifest = timeToLive("data:manifest");
        assertThat(manifest).isBetween(90_000L, 100_000L);
        assertThat(keys())
                .filteredOn(key -> !key.endsWith("manifest"))
                .allSatisfy(key -> assertThat(timeToLive(key)).isGreaterThan(manifest + 50_000));
    }

    @Test
    void filesWithoutBatchesAndWithOneRowRoundTrip() throws IOException {
        for (Layout layout : List.of(Layout.ARROWSHELF, Layout.ARROWREDIS)) {
            Path one =
                    generate(
                            new GenOptions(
                                    1, 1, 1, Compression.ZSTD, GenOptions.Strings.DEFAULT, 1, 1),
                            "one" + layout);
            Path none = folder.resolve("none" + layout);
            ArrowLines.withoutBatches(one, none);
            for (Path file : List.of(one, none)) {
                sets.split(file, SplitOptions.of("data").withLayout(layout));
                Path back = folder.resolve("back");
                sets.read(ReadOptions.of("data"), ReadTarget.file(back, Optional.empty()));
                assertThat(difference(file, back)).isEmpty();
                sets.delete("data");
            }
        }
    }

    @Test
    void sameSeedSameBytesWhateverTheWorkers() throws IOException {
        GenOptions options = options(Compression.ZSTD, true);
        Path one =
                generate(
                        new GenOptions(3, 4, 1000, Compression.ZSTD, options.strings(), 7, 1),
                        "one");
        Path many =
                generate(
                        new GenOptions(3, 4, 1000, Compression.ZSTD, options.strings(), 7, 5),
                        "many");
        assertThat(Files.mismatch(one, many)).isEqualTo(-1);
    }

    @Test
    void partitionsThatAreNotThereAreAnError() throws IOException {
        sets.split(generate(Compression.ZSTD, true), SplitOptions.of("data"));
        assertThatThrownBy(() ->
                        sets.read(
                                ReadOptions.of("data").withPartitions(List.of(9L)),
                                ReadTarget.nowhere()))
                .hasMessageContaining("partition=9");
        assertThatThrownBy(() -> sets.read(ReadOptions.of("other"), ReadTarget.nowhere()))
                .extracting(failure -> ((ShelfException) failure).code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    @Test
    void aTornManifestIsAnError() {
        link.set(
                        "data:manifest".getBytes(StandardCharsets.UTF_8),
                        ChunkBytes.of(
                                "arrowshelf 1 0123456789abcdef\n{\"layout\":"
                                        .getBytes(StandardCharsets.UTF_8)),
                        Duration.ZERO)
                .join();
        assertThatThrownBy(() -> sets.read(ReadOptions.of("data"), ReadTarget.nowhere()))
                .hasMessageContaining("key=data:manifest");
        sets.delete("data");
    }

    private Path generate(Compression codec, boolean dictionary) throws IOException {
        return generate(options(codec, dictionary), "source.arrow");
    }

    private static GenOptions options(Compression codec, boolean dictionary) {
        return new GenOptions(3, 4, 1000, codec, new GenOptions.Strings(dictionary, 500), 42, 2);
    }

    private Path generate(GenOptions options, String name) throws IOException {
        Path file = folder.resolve(name);
        new DataSetGenerator(options, new Progress()).write(file);
        return file;
    }

    private static Optional<String> difference(Path one, Path other) throws IOException {
        return new FileComparison(one, other, new Progress()).difference();
    }

    private static byte[] chunkKey(Manifest manifest, long part) {
        return new DataSetKeys("data").chunk(manifest.layout(), manifest.generation(), part, 0);
    }

    private static String text(byte[] key) {
        return new String(key, StandardCharsets.UTF_8);
    }

    private static List<String> keys() {
        return link.scan("*".getBytes(StandardCharsets.UTF_8)).stream()
                .map(RoundTripIT::text)
                .toList();
    }

    private static long timeToLive(String key) {
        byte[] answer =
                link.script(
                                "return tostring(redis.call('PTTL', KEYS[1]))",
                                key.getBytes(StandardCharsets.UTF_8),
                                List.of())
                        .join()
                        .orElseThrow();
        return Long.parseLong(new String(answer, StandardCharsets.UTF_8));
    }
}
