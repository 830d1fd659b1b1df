package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.CacheOptions;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.model.PolicyKind;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A shelf that holds more than its memory: tables go to disk and come back the same.
final class SpillTest {
    private static final Schema SCHEMA =
            new Schema(List.of(Field.notNullable("v", new ArrowType.Int(64, true))));
    private static final int ROWS = 128 << 10; // 1 MiB

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void closeAllocator() {
        allocator.close();
    }

    private ShelfOptions spilling() {
        return temporary
                .options()
                .withMemoryLimit(ByteSize.parse("16MiB"))
                .withWarmPool(new ByteSize(0))
                .withCache(temporary.cache(EvictionMode.SPILL));
    }

    @Test
    void holdsThreeTimesItsMemory() {
        Shelf shelf = temporary.shelf(spilling());
        for (int i = 0; i < 48; i++) {
            put(shelf, "t" + i, i, PutOptions.DEFAULT);
            assertThat(shelf.status().memory().used()).isLessThanOrEqualTo(16 << 20);
        }
        assertThat(shelf.status().memory().spilled()).isGreaterThan(30 << 20);
        for (int i = 0; i < 48; i++) {
            assertThat(sum(shelf, "t" + i)).as("t" + i).isEqualTo(expected(i));
            assertThat(shelf.status().memory().used()).isLessThanOrEqualTo(16 << 20);
        }
    }

    @ParameterizedTest
    @EnumSource
    void bringsBackWhatItStored(SpillCodec codec) {
        CacheOptions cache = temporary.cache(EvictionMode.SPILL);
        ShelfOptions options =
                spilling().withCache(cache.withSpill(cache.spill().withCodec(codec)));
        Shelf shelf = temporary.shelf(options);
        put(shelf, "t", 7, PutOptions.DEFAULT.withPartitions(40_000, 0));
        assertThat(shelf.spill("t")).isGreaterThan(1 << 20);
        assertThat(details(shelf, "t").spilledPartitions()).isEqualTo(4);
        assertThat(sum(shelf, "t")).isEqualTo(expected(7));
        assertThat(details(shelf, "t").spilledPartitions()).isZero();
        assertThat(shelf.status().memory().spilled()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void findsSpilledTablesAfterARestart(SpillCodec codec) throws IOException {
        CacheOptions cache = temporary.cache(EvictionMode.SPILL);
        ShelfOptions options =
                spilling().withCache(cache.withSpill(cache.spill().withCodec(codec)));
        Shelf shelf = temporary.shelf(options);
        put(shelf, "t", 7, PutOptions.DEFAULT.withPartitions(40_000, 0));
        put(shelf, "gone", 8, PutOptions.DEFAULT);
        shelf.spill("t");
        shelf.spill("gone");
        temporary.close();
        Shelf again = temporary.shelf(options);
        assertThat(again.delete("gone")).isTrue();
        assertThat(sum(again, "t")).isEqualTo(expected(7));
        assertThat(files()).noneMatch(name -> name.contains(".arrow"));
    }

    @Test
    void mapsFromDiskWhereMemoryIsShort() throws IOException {
        Shelf shelf = temporary.shelf(spilling());
        put(shelf, "cold", 1, PutOptions.DEFAULT);
        shelf.spill("cold");
        for (int i = 0; i < 12; i++) {
            put(shelf, "t" + i, i, PutOptions.DEFAULT);
        }
        try (ShelfTable table = shelf.get("cold")) {
            assertThat(table.rowCount()).isEqualTo(ROWS);
            assertThat(details(shelf, "cold").spilledPartitions()).isOne();
            assertThat(mapped()).anyMatch(line -> line.contains("/disk/"));
        }
        assertThat(sum(shelf, "cold")).isEqualTo(expected(1));
    }

    @Test
    void leavesTablesInUseAlone() {
        Shelf shelf = temporary.shelf(spilling());
        put(shelf, "used", 1, PutOptions.DEFAULT);
        try (ShelfTable used = shelf.get("used")) {
            for (int i = 0; i < 30; i++) {
                put(shelf, "t" + i, i, PutOptions.DEFAULT);
            }
            assertThat(details(shelf, "used").spilledPartitions()).isZero();
            assertThat(shelf.spill("used")).isZero();
            assertThat(used.rowCount()).isEqualTo(ROWS);
        }
    }

    @Test
    void refusesDamagedBytes() throws IOException {
        Shelf shelf = temporary.shelf(spilling());
        put(shelf, "t", 1, PutOptions.DEFAULT);
        put(shelf, "other", 2, PutOptions.DEFAULT);
        shelf.spill("t");
        shelf.spill("other");
        Path file = fileOf(shelf, "t");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.delete(file);
        Files.write(file, bytes);
        assertThatThrownBy(() -> shelf.get("t"))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.CORRUPT));
        assertThat(sum(shelf, "other")).isEqualTo(expected(2));
        assertThat(Files.exists(file.resolveSibling(file.getFileName() + ".damaged"))).isTrue();
        assertThat(shelf.delete("t")).isTrue();
    }

    @Test
    void failsAPutThatNothingMakesRoomFor() throws IOException {
        Files.writeString(temporary.disk(), "no directory");
        CacheOptions cache = temporary.cache(EvictionMode.SPILL);
        Shelf shelf =
                temporary.shelf(spilling().withCache(cache.withPutWait(Duration.ofMillis(300))));
        assertThatThrownBy(
                        () -> {
                            for (int i = 0; i < 40; i++) {
                                put(shelf, "t" + i, i, PutOptions.DEFAULT);
                            }
                        })
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY));
        for (TableInfo table : shelf.list()) {
            int number = Integer.parseInt(table.name().substring(1));
            assertThat(sum(shelf, table.name())).isEqualTo(expected(number));
        }
        assertThat(shelf.status().warnings()).anyMatch(text -> text.contains("spilled"));
    }

    @Test
    void dropsWhereThatIsAskedFor() {
        Shelf shelf = temporary.shelf(spilling().withCache(temporary.cache(EvictionMode.DROP)));
        for (int i = 0; i < 48; i++) {
            put(shelf, "t" + i, i, PutOptions.DEFAULT);
        }
        assertThat(shelf.list()).hasSizeLessThan(17).isNotEmpty();
        assertThat(shelf.info("t47")).isNotNull();
        assertThat(Files.exists(temporary.disk())).isFalse();
    }

    @Test
    void keepsTheWorkingSetOfOthersWhenOnePutsFast() {
        Shelf shelf = temporary.shelf(spilling());
        for (int i = 0; i < 4; i++) {
            put(shelf, "quiet" + i, i, PutOptions.DEFAULT.withClient("quiet"));
        }
        for (int i = 0; i < 60; i++) {
            put(shelf, "loud" + i, i, PutOptions.DEFAULT.withClient("loud"));
        }
        for (int i = 0; i < 4; i++) {
            assertThat(details(shelf, "quiet" + i).spilledPartitions()).isZero();
        }
    }

    /// The coldest tables lie on disk already, and free nothing.
    @ParameterizedTest
    @EnumSource
    void makesRoomFromTablesInMemoryWhereSeveralClientsHoldTooMuch(PolicyKind policy) {
        CacheOptions cache = temporary.cache(EvictionMode.SPILL);
        Shelf shelf =
                temporary.shelf(
                        spilling()
                                .withCache(
                                        cache.withEviction(cache.eviction().withPolicy(policy))
                                                .withPutWait(Duration.ofSeconds(3))));
        for (int i = 0; i < 64; i++) {
            put(shelf, "t" + i, i, PutOptions.DEFAULT.withClient("c" + i % 2));
        }
        for (int i = 0; i < 64; i++) {
            assertThat(sum(shelf, "t" + i)).as("t" + i).isEqualTo(expected(i));
        }
        put(shelf, "last", 64, PutOptions.DEFAULT.withClient("c0"));
    }

    @Test
    void endsTablesWhenTheirTimeIsOver() {
        Shelf shelf = temporary.shelf();
        PutOptions brief =
                PutOptions.DEFAULT.withRetention(
                        PutOptions.DEFAULT.retention().withTimeToLive(Duration.ofMillis(1500)));
        put(shelf, "brief", 1, brief);
        assertThat(shelf.info("brief")).isNotNull();
        put(shelf, "small", 2, 10, brief);
        put(shelf, "kept", 3, PutOptions.DEFAULT);
        Deadline deadline = Deadline.ofSeconds(30);
        deadline.await("time is over", () -> sumIfThere(shelf, "brief").isEmpty());
        deadline.await("time of a small table is over", () -> shelf.info("small") == null);
        deadline.await("they are deleted", () -> shelf.status().tables() == 1);
        assertThat(shelf.list()).extracting(TableInfo::name).containsExactly("kept");
    }

    @Test
    void forgetsWhatNobodyUsesAndKeepsWhatIsUsed() {
        Shelf shelf = temporary.shelf();
        PutOptions idle =
                PutOptions.DEFAULT.withRetention(
                        PutOptions.DEFAULT.retention().withMostIdle(Duration.ofMillis(1500)));
        put(shelf, "idle", 1, idle);
        put(shelf, "used", 2, 10, idle);
        Deadline deadline = Deadline.ofSeconds(30);
        deadline.await(
                "the idle one is over",
                () -> {
                    assertThat(sumIfThere(shelf, "used")).isPresent();
                    return shelf.info("idle") == null;
                });
        deadline.await(
                "it is deleted",
                () -> {
                    assertThat(sumIfThere(shelf, "used")).isPresent();
                    return shelf.status().tables() == 1;
                });
    }

    @Test
    void servesNothingWhoseTimePassedWhileNobodyOwnedIt() {
        Shelf shelf = temporary.shelf();
        put(
                shelf,
                "brief",
                1,
                PutOptions.DEFAULT.withRetention(
                        PutOptions.DEFAULT.retention().withTimeToLive(Duration.ofMillis(100))));
        put(shelf, "longer", 2, PutOptions.DEFAULT);
        assertThat(shelf.expire("longer", Duration.ofMillis(200))).isTrue();
        long end = details(shelf, "longer").expiresMillis();
        temporary.close();
        Deadline.ofSeconds(30).await("time passes", () -> InstantSource.system().millis() >= end);
        Shelf again = temporary.shelf();
        assertThat(again.find("brief")).isNull();
        assertThat(again.find("longer")).isNull();
        assertThat(again.list()).isEmpty();
    }

    @Test
    void remembersWhatWasSaidAboutATable() {
        Shelf shelf = temporary.shelf();
        put(
                shelf,
                "t",
                1,
                10,
                PutOptions.DEFAULT.withRetention(
                        PutOptions.DEFAULT.retention().withMetadata("{\"a\": 1}")));
        sum(shelf, "t");
        sum(shelf, "t");
        Deadline.ofSeconds(30).await("uses are stamped", () -> details(shelf, "t").uses() >= 2);
        temporary.close();
        Shelf again = temporary.shelf();
        assertThat(details(again, "t").metadata()).isEqualTo("{\"a\": 1}");
        assertThat(again.details("nothing")).isNull();
        assertThat(again.touch("nothing")).isFalse();
    }

    private static TableDetails details(Shelf shelf, String name) {
        return Objects.requireNonNull(shelf.details(name), name);
    }

    private void put(Shelf shelf, String name, long seed, PutOptions options) {
        put(shelf, name, seed, ROWS, options);
    }

    private void put(Shelf shelf, String name, long seed, int rows, PutOptions options) {
        try (VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, allocator)) {
            BigIntVector vector = (BigIntVector) root.getVector(0);
            vector.allocateNew(rows);
            for (int i = 0; i < rows; i++) {
                vector.set(i, seed * 1_000_003 + i);
            }
            root.setRowCount(rows);
            shelf.put(name, root, options);
        }
    }

    private static long expected(long seed) {
        return seed * 1_000_003 * ROWS + (ROWS - 1L) * ROWS / 2;
    }

    private static Optional<Long> sumIfThere(Shelf shelf, String name) {
        try (ShelfTable table = shelf.find(name)) {
            return table == null ? Optional.empty() : Optional.of(sum(table));
        }
    }

    private static long sum(Shelf shelf, String name) {
        try (ShelfTable table = shelf.get(name)) {
            return sum(table);
        }
    }

    private static long sum(ShelfTable table) {
        try (ArrowReader reader = table.reader(TableSlice.ALL)) {
            long sum = 0;
            while (reader.loadNextBatch()) {
                BigIntVector vector = (BigIntVector) reader.getVectorSchemaRoot().getVector(0);
                for (int i = 0; i < vector.getValueCount(); i++) {
                    sum += vector.get(i);
                }
            }
            return sum;
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private Path fileOf(Shelf shelf, String name) throws IOException {
        long generation = details(shelf, name).info().generation();
        try (Stream<Path> all = Files.walk(temporary.disk())) {
            return all.filter(path -> path.toString().contains("%016x-".formatted(generation)))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(temporary.disk())) {
            return all.map(path -> String.valueOf(path.getFileName())).toList();
        }
    }

    private static List<String> mapped() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps"));
    }
}
