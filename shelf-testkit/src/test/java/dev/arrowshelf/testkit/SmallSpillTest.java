package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSpace;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Small tables go to disk by the slab, are read there, and come back one by one.
final class SmallSpillTest {
    private static final int MANY = 100_000;
    private static final int ROWS = 64;

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void closeAllocator() {
        allocator.close();
    }

    private ShelfOptions options(String limit) {
        return temporary
                .options()
                .withMemoryLimit(ByteSize.parse(limit))
                .withWarmPool(new ByteSize(0))
                .withCache(temporary.cache(EvictionMode.SPILL));
    }

    @Test
    void aShelfHoldsMoreSmallTablesThanItsMemory() throws IOException {
        ShelfOptions options = options("72MiB");
        Shelf shelf = temporary.shelf(options);
        for (int i = 0; i < MANY; i++) {
            put(shelf, "small" + i, i);
        }
        assertThat(shelf.status().tables()).isEqualTo(MANY);
        assertThat(shelf.status().memory().used()).isLessThanOrEqualTo(72 << 20);
        assertThat(shelf.status().memory().spilled()).isGreaterThan(32 << 20);
        assertThat(slabs()).hasSizeBetween(4, 100);
        readAll(shelf);
        assertThat(shelf.status().memory().used()).isLessThanOrEqualTo(72 << 20);

        temporary.close();
        Shelf again = temporary.shelf(options);
        assertThat(again.status().tables()).isEqualTo(MANY);
        assertThat(again.status().warnings()).isEmpty();
        readAll(again);

        assertThat(again.deleteAll()).isEqualTo(MANY);
        assertThat(slabs()).isEmpty();
        assertThat(again.status().memory().spilled()).isZero();
    }

    private static void readAll(Shelf shelf) {
        for (int i = 0; i < MANY; i++) {
            assertThat(LongTable.seedOf(shelf, "small" + i)).isEqualTo(i);
        }
    }

    @Test
    void comesBackWhenItIsUsedAndThereIsRoom() throws IOException {
        Shelf shelf = temporary.shelf(options("64MiB"));
        putSome(shelf);
        assertThat(shelf.spill("t7")).isPositive();
        assertThat(shelf.spill("t7")).isZero();
        assertThat(slabs()).hasSize(1);
        assertThat(details(shelf, "t7").spilledPartitions()).isOne();
        assertThat(details(shelf, "t8").spilledPartitions()).isOne();
        assertThat(LongTable.seedOf(shelf, "t7")).isEqualTo(7);
        assertThat(details(shelf, "t7").spilledPartitions()).isZero();
        assertThat(details(shelf, "t8").spilledPartitions()).isOne();
        for (int i = 0; i < 100; i++) {
            assertThat(LongTable.seedOf(shelf, "t" + i)).isEqualTo(i);
        }
        assertThat(slabs()).isEmpty();
        assertThat(shelf.status().memory().spilled()).isZero();
    }

    @Test
    void aSlabThatWasDeletedIsNoticedAtTheNextStart() throws IOException {
        ShelfOptions options = options("64MiB");
        Shelf shelf = temporary.shelf(options);
        putSome(shelf);
        assertThat(shelf.spill("t7")).isPositive();
        List<Path> gone = slabs();
        put(shelf, "later", 1_000);
        temporary.close();
        for (Path slab : gone) {
            Files.delete(slab);
        }

        Shelf again = temporary.shelf(options);
        assertThat(again.status().warnings())
                .singleElement(STRING)
                .contains("slab on disk is missing", gone.getFirst().toString());
        assertThat(again.find("t7")).isNull();
        assertThat(LongTable.seedOf(again, "later")).isEqualTo(1_000);

        temporary.close();
        assertThat(temporary.shelf(options).status().warnings()).isEmpty();
    }

    @Test
    void whoHasATableKeepsItWhileItGoesToDisk() throws IOException {
        Shelf shelf = temporary.shelf(options("64MiB"));
        putSome(shelf);
        try (ShelfTable held = shelf.get("t3")) {
            assertThat(shelf.spill("t3")).isPositive();
            assertThat(shelf.delete("t3")).isTrue();
            assertThat(LongTable.seedOf(held)).isEqualTo(3);
        }
        assertThat(shelf.find("t3")).isNull();
    }

    @Test
    void changesReachTheDiskAndLastOverARestart() throws IOException {
        ShelfOptions options = options("64MiB");
        Shelf shelf = temporary.shelf(options);
        putSome(shelf);
        shelf.spill("t0");
        shelf.delete("t1");
        put(shelf, "t2", 200);
        shelf.touch("t3", Optional.of(Duration.ofHours(1)), Optional.empty());
        long expires = details(shelf, "t3").expiresMillis();
        shelf.touch("t4", Optional.of(Duration.ofMillis(1)), Optional.empty());
        temporary.close();

        Shelf again = temporary.shelf(options);
        assertThat(again.find("t1")).isNull();
        assertThat(LongTable.seedOf(again, "t2")).isEqualTo(200);
        assertThat(details(again, "t3").expiresMillis()).isEqualTo(expires).isPositive();
        assertThat(again.find("t4")).isNull();
        assertThat(LongTable.seedOf(again, "t5")).isEqualTo(5);
    }

    @Test
    void sparseSlabsOnDiskBecomeOne() throws IOException {
        Shelf shelf = temporary.shelf(options("64MiB"));
        for (int slab = 0; slab < 3; slab++) {
            for (int i = 0; i < 100; i++) {
                put(shelf, "t" + slab + "-" + i, i);
            }
            shelf.spill("t" + slab + "-0");
        }
        assertThat(slabs()).hasSize(3);
        for (int slab = 0; slab < 3; slab++) {
            for (int i = 0; i < 90; i++) {
                shelf.delete("t" + slab + "-" + i);
            }
        }
        Deadline.ofSeconds(30).await("sparse slabs are joined", () -> slabs().size() == 1);
        assertThat(details(shelf, "t1-95").spilledPartitions()).isOne();
        for (int slab = 0; slab < 3; slab++) {
            assertThat(LongTable.seedOf(shelf, "t" + slab + "-95")).isEqualTo(95);
        }
    }

    @Test
    void aDamagedRecordHurtsNoOtherTable() throws IOException {
        ShelfOptions options = options("64MiB");
        Shelf shelf = temporary.shelf(options);
        putSome(shelf);
        shelf.spill("t0");
        flipByteOf("t50");
        assertCorrupt(shelf, "t50");
        assertThat(LongTable.seedOf(shelf, "t49")).isEqualTo(49);
        assertThat(LongTable.seedOf(shelf, "t51")).isEqualTo(51);
        temporary.close();

        try (TableSpace reader = TableSpace.open(temporary.directory())) {
            assertThatThrownBy(() -> reader.find("t50")).isInstanceOf(ShelfException.class);
            try (ShelfTable table = Objects.requireNonNull(reader.find("t52"))) {
                assertThat(LongTable.seedOf(table)).isEqualTo(52);
            }
        }
        Shelf again = temporary.shelf(options);
        assertThat(again.status().warnings()).anyMatch(text -> text.contains("record is damaged"));
        assertThat(again.find("t50")).isNull();
        for (int i = 51; i < 100; i++) {
            assertThat(LongTable.seedOf(again, "t" + i)).isEqualTo(i);
        }
    }

    private static void assertCorrupt(Shelf shelf, String name) {
        assertThatThrownBy(() -> shelf.get(name))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.CORRUPT));
    }

    @Test
    void aDiskThatTakesNothingLeavesTablesInMemory() throws IOException {
        ShelfOptions options = options("64MiB");
        Files.writeString(temporary.disk(), "no directory");
        Shelf shelf = temporary.shelf(options);
        putSome(shelf);
        assertThat(shelf.spill("t0")).isZero();
        assertThat(shelf.status().warnings()).anyMatch(text -> text.contains("cannot be spilled"));
        assertThat(LongTable.seedOf(shelf, "t0")).isZero();
        assertThat(details(shelf, "t0").spilledPartitions()).isZero();
    }

    private void putSome(Shelf shelf) {
        for (int i = 0; i < 100; i++) {
            put(shelf, "t" + i, i);
        }
    }

    private void put(Shelf shelf, String name, long seed) {
        LongTable.put(shelf, allocator, name, seed, ROWS, PutOptions.DEFAULT);
    }

    private static TableDetails details(Shelf shelf, String name) {
        return Objects.requireNonNull(shelf.details(name));
    }

    private List<Path> slabs() {
        if (!Files.isDirectory(temporary.disk())) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(temporary.disk())) {
            return files.filter(file -> file.toString().endsWith(".slab")).toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Flips a byte of a table's values, which lie behind its key.
    private void flipByteOf(String name) throws IOException {
        Path slab = slabs().getFirst();
        byte[] bytes = Files.readAllBytes(slab);
        int record = 64;
        while (!new String(bytes, record + 64, name.length(), StandardCharsets.UTF_8)
                .equals(name)) {
            record += 64;
        }
        try (RandomAccessFile file = new RandomAccessFile(slab.toFile(), "rw")) {
            int at = record + 700;
            file.seek(at);
            file.write(bytes[at] ^ 1);
        }
    }
}
