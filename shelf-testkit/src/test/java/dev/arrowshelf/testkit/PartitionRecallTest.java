package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.CacheOptions;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import dev.arrowshelf.store.table.TableSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Of a table on disk, only the partitions that somebody reads come back.
final class PartitionRecallTest {
    private static final int PARTITIONS = 8;
    private static final int PARTITION_ROWS = 20_000;
    private static final int ROWS = PARTITIONS * PARTITION_ROWS;

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void closeAllocator() {
        allocator.close();
    }

    private ShelfOptions spilling(SpillCodec codec) {
        CacheOptions cache = temporary.cache(EvictionMode.SPILL);
        return temporary
                .options()
                .withMemoryLimit(ByteSize.parse("16MiB"))
                .withWarmPool(new ByteSize(0))
                .withCache(cache.withSpill(cache.spill().withCodec(codec)));
    }

    private Shelf withSpilledTable(SpillCodec codec) {
        Shelf shelf = temporary.shelf(spilling(codec));
        put(shelf, "t", 7, ROWS);
        shelf.spill("t");
        assertThat(spilled(shelf, "t")).isEqualTo(PARTITIONS);
        return shelf;
    }

    private void put(Shelf shelf, String name, long seed, int rows) {
        PutOptions cut = PutOptions.DEFAULT.withPartitions(PARTITION_ROWS, 0);
        LongTable.put(shelf, allocator, name, seed, rows, cut);
    }

    @ParameterizedTest
    @EnumSource
    void aSliceBringsBackThePartitionsItLiesIn(SpillCodec codec) {
        Shelf shelf = withSpilledTable(codec);
        try (ShelfTable table = shelf.get("t")) {
            assertThat(table.schema().getFields()).hasSize(1);
            assertThat(table.rowCount()).isEqualTo(ROWS);
            assertThat(spilled(shelf, "t")).as("nothing was read").isEqualTo(PARTITIONS);
            assertThat(read(table, TableSlice.ofRows(3 * PARTITION_ROWS - 5, 10)))
                    .isEqualTo(expected(7, 3 * PARTITION_ROWS - 5, 10));
            assertThat(spilled(shelf, "t")).isEqualTo(PARTITIONS - 2);
            assertThat(read(table, TableSlice.ofRows(ROWS + 1L, 10))).isEmpty();
            assertThat(spilled(shelf, "t")).isEqualTo(PARTITIONS - 2);
        }
        try (ShelfTable again = shelf.get("t")) {
            assertThat(read(again, TableSlice.ofRows(3 * PARTITION_ROWS, 10)))
                    .isEqualTo(expected(7, 3 * PARTITION_ROWS, 10));
        }
        assertThat(spilled(shelf, "t")).isEqualTo(PARTITIONS - 2);
        assertThat(LongTable.seedOf(shelf, "t")).isEqualTo(7);
        assertThat(spilled(shelf, "t")).isZero();
        assertThat(shelf.status().memory().spilled()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void aTableThatIsDeletedStaysReadableForThoseWhoHaveIt(SpillCodec codec) {
        Shelf shelf = withSpilledTable(codec);
        try (ShelfTable deleted = shelf.get("t")) {
            assertThat(read(deleted, TableSlice.ofRows(0, 5))).isEqualTo(expected(7, 0, 5));
            put(shelf, "t", 8, ROWS);
            assertThat(shelf.delete("t")).isTrue();
            assertThat(LongTable.seedOf(deleted)).isEqualTo(7);
        }
        assertThat(shelf.status().memory().spilled()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void readsWhatLiesOnDiskWithoutAnOwner(SpillCodec codec) {
        withSpilledTable(codec);
        temporary.close();
        try (TableSpace space = TableSpace.open(temporary.directory());
                ShelfTable table = Objects.requireNonNull(space.find("t"))) {
            assertThat(LongTable.seedOf(table)).isEqualTo(7);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aDamagedPartitionHarmsNobodyElse(SpillCodec codec) throws IOException {
        Shelf shelf = withSpilledTable(codec);
        Path damaged = damage("-00000005.arrow");
        try (ShelfTable table = shelf.get("t")) {
            assertThatThrownBy(() -> read(table, TableSlice.ofRows(5 * PARTITION_ROWS, 1)))
                    .isInstanceOfSatisfying(
                            ShelfException.class,
                            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.CORRUPT));
            assertThat(read(table, TableSlice.ofRows(0, 5L * PARTITION_ROWS)))
                    .isEqualTo(expected(7, 0, 5 * PARTITION_ROWS));
            assertThat(read(table, TableSlice.ofRows(6 * PARTITION_ROWS, 3)))
                    .isEqualTo(expected(7, 6 * PARTITION_ROWS, 3));
        }
        assertThat(damaged.resolveSibling(damaged.getFileName() + ".damaged")).exists();
        put(shelf, "t", 9, ROWS);
        assertThat(LongTable.seedOf(shelf, "t")).isEqualTo(9);
    }

    @ParameterizedTest
    @EnumSource
    void damageIsSeenWithoutAnOwner(SpillCodec codec) throws IOException {
        withSpilledTable(codec);
        temporary.close();
        damage("-00000000.arrow");
        try (TableSpace space = TableSpace.open(temporary.directory());
                ShelfTable table = Objects.requireNonNull(space.find("t"))) {
            assertThatThrownBy(() -> read(table, TableSlice.ofRows(0, 1)))
                    .isInstanceOfSatisfying(
                            ShelfException.class,
                            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.CORRUPT));
            assertThat(read(table, TableSlice.ofRows(PARTITION_ROWS, 1)))
                    .isEqualTo(expected(7, PARTITION_ROWS, 1));
        }
    }

    @Test
    void readsMoreThanTheMemoryHoldsAgainAndAgain() {
        Shelf shelf = temporary.shelf(spilling(SpillCodec.NONE));
        int rows = 12 * (128 << 10); // 12 MiB
        put(shelf, "first", 1, rows);
        put(shelf, "second", 2, rows);
        try (ShelfTable first = shelf.get("first");
                ShelfTable second = shelf.get("second")) {
            for (int round = 0; round < 3; round++) {
                assertThat(LongTable.seedOf(first)).isEqualTo(1);
                assertThat(LongTable.seedOf(second)).isEqualTo(2);
                assertThat(LongTable.seedOf(shelf, "first")).isEqualTo(1);
                assertThat(LongTable.seedOf(shelf, "second")).isEqualTo(2);
            }
        }
    }

    private static List<Long> read(ShelfTable table, TableSlice slice) {
        List<Long> values = new ArrayList<>();
        try (ArrowReader reader = table.reader(slice)) {
            while (reader.loadNextBatch()) {
                BigIntVector vector = (BigIntVector) reader.getVectorSchemaRoot().getVector(0);
                for (int i = 0; i < vector.getValueCount(); i++) {
                    values.add(vector.get(i));
                }
            }
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
        return values;
    }

    private static List<Long> expected(long seed, int from, int count) {
        List<Long> values = new ArrayList<>();
        for (int i = from; i < from + count; i++) {
            values.add(LongTable.value(seed, i));
        }
        return values;
    }

    private static int spilled(Shelf shelf, String name) {
        TableDetails details = Objects.requireNonNull(shelf.details(name), name);
        return details.spilledPartitions();
    }

    private Path damage(String name) throws IOException {
        Path file;
        try (Stream<Path> all = Files.walk(temporary.disk())) {
            file = all.filter(path -> path.toString().contains(name)).findFirst().orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(file);
        for (int i = bytes.length / 2; i < bytes.length / 2 + 16; i++) {
            bytes[i] ^= (byte) 0xA5; // one bit of a codec's file may mean the same content
        }
        Files.delete(file);
        Files.write(file, bytes);
        return file;
    }
}
