package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.memory.FileHandle;
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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a shelf that spills and persists does when its directories fail it, and whether its figures
/// are true.
final class CacheFaultsTest {
    private static final int ROWS = 128 << 10; // 1 MiB

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final BufferAllocator allocator = new RootAllocator();
    private final long seed = Long.getLong("shelf.seed", System.nanoTime());
    private final Random random = new Random(seed);

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
    void passesOverASpillDirectoryThatFails() throws IOException {
        Path broken = temporary.scratch().resolve("broken");
        Files.writeString(broken, "no directory");
        CacheOptions cache = temporary.cache(EvictionMode.SPILL);
        List<Path> both = List.of(broken, temporary.disk());
        Shelf shelf =
                temporary.shelf(
                        spilling().withCache(cache.withSpill(cache.spill().withDirectories(both))));
        for (int i = 0; i < 30; i++) {
            put(shelf, "t" + i, i);
        }
        assertThat(shelf.status().memory().spilled()).isGreaterThan(12 << 20);
        for (int i = 0; i < 30; i++) {
            assertThat(LongTable.seedOf(shelf, "t" + i)).isEqualTo(i);
        }
    }

    @Test
    void losesOnlyWhatLayInARemovedSpillDirectory() throws IOException {
        Shelf shelf = temporary.shelf(spilling());
        put(shelf, "lost", 1);
        put(shelf, "resident", 2);
        shelf.spill("lost");
        remove(temporary.disk());
        assertThatThrownBy(() -> shelf.get("lost"))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.CORRUPT));
        assertThat(LongTable.seedOf(shelf, "resident")).isEqualTo(2);
        for (int i = 0; i < 30; i++) {
            put(shelf, "t" + i, i);
        }
        for (int i = 0; i < 30; i++) {
            assertThat(LongTable.seedOf(shelf, "t" + i)).isEqualTo(i);
        }
        assertThat(shelf.delete("lost")).isTrue();
    }

    @Test
    void servesWhatIsLeftWhenHalfOfTheFilesAreGone() throws IOException {
        Shelf shelf = temporary.shelf(spilling());
        for (int i = 0; i < 12; i++) {
            put(shelf, "t" + i, i);
            if (i % 2 == 0) {
                shelf.spill("t" + i);
            }
        }
        temporary.close();
        List<Path> files = new ArrayList<>(files(temporary.disk()));
        files.addAll(files(temporary.directory().resolve("segments")));
        files.removeIf(path -> !path.toString().contains(".arrow"));
        files.sort(Comparator.comparing(Path::getFileName));
        assertThat(files).hasSize(12);
        for (int i = 0; i < files.size(); i += 2) {
            Files.delete(files.get(i));
        }
        Shelf again = temporary.shelf(spilling());
        List<TableInfo> left = again.list();
        assertThat(left).hasSize(6);
        for (TableInfo table : left) {
            assertThat("t" + LongTable.seedOf(again, table.name())).isEqualTo(table.name());
        }
        assertThat(again.status().warnings()).isNotEmpty();
        temporary.close();
        remove(temporary.directory().resolve("quarantine")); // was looked at by hand
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 40_000})
    void refusesATableLargerThanTheLimitAtOnce(long partitionRows) {
        Shelf shelf = temporary.shelf(spilling());
        put(shelf, "kept", 1);
        long began = System.nanoTime();
        assertThatThrownBy(() ->
                        LongTable.put(
                                shelf,
                                allocator,
                                "large",
                                2,
                                17 * ROWS,
                                PutOptions.DEFAULT.withPartitions(partitionRows, 0)))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.OUT_OF_MEMORY))
                .hasMessageContaining("larger than the shelf")
                .hasMessageContaining("limit=16 MiB");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
        assertThat(LongTable.seedOf(shelf, "kept")).isEqualTo(1);
    }

    @Test
    void countsEveryPageAgainstTheLimit() throws IOException {
        Shelf shelf = temporary.shelf(spilling().withWarmPool(ByteSize.parse("2MiB")));
        for (int i = 0; i < 60; i++) {
            LongTable.put(
                    shelf,
                    allocator,
                    "t" + random.nextInt(25),
                    i,
                    1 + random.nextInt(2 * ROWS),
                    PutOptions.DEFAULT.withPartitions(random.nextInt(3) * 40_000L, 0));
        }
        requireTrueFigures(shelf);
        assertThat(allocated(temporary.directory())).isLessThanOrEqualTo(16 << 20);
    }

    @Test
    void countsWhatIsDeletedAndStillRead() {
        Shelf shelf = temporary.shelf(spilling());
        for (int i = 0; i < 6; i++) {
            put(shelf, "t" + i, i);
        }
        shelf.spill("t0");
        assertThat(shelf.status().memory().limitedBy()).isEqualTo("option");
        Deadline deadline = Deadline.ofSeconds(30);
        try (ShelfTable first = shelf.get("t1");
                ShelfTable second = shelf.get("t2")) {
            shelf.delete("t1");
            put(shelf, "t2", 7);
            deadline.await(
                    "both are counted, as long as somebody reads them",
                    () -> shelf.status().memory().unlinked() >= 2L * ROWS * Long.BYTES);
            requireTrueFigures(shelf);
            assertThat(first.rowCount() + second.rowCount()).isEqualTo(2L * ROWS);
        }
        deadline.await(
                "nothing is unlinked any more", () -> shelf.status().memory().unlinked() == 0);
        requireTrueFigures(shelf);
    }

    private void requireTrueFigures(Shelf shelf) {
        Deadline.ofSeconds(30)
                .await(
                        "figures and files agree",
                        () -> {
                            long counted = shelf.status().memory().used();
                            long taken = allocated(temporary.directory());
                            return Math.abs(counted - taken) <= counted / 50;
                        });
    }

    @Test
    void takesTablesOfAnySizeUntilItIsNearlyFull() {
        Shelf shelf =
                temporary.shelf(
                        spilling()
                                .withMemoryLimit(ByteSize.parse("48MiB"))
                                .withCache(temporary.cache(EvictionMode.OFF)));
        int limit = 48 << 20;
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            int rows = 1 + random.nextInt(1 << (4 + random.nextInt(15)));
            long after = shelf.status().memory().used() + rows * 8L + (64 << 10);
            if (after > 0.95 * limit && !names.isEmpty()) {
                shelf.delete(names.remove(random.nextInt(names.size())));
            } else {
                LongTable.put(shelf, allocator, "t" + i, i, rows, PutOptions.DEFAULT);
                names.add("t" + i);
            }
        }
        for (String name : names) {
            assertThat("t" + LongTable.seedOf(shelf, name)).as("seed=%d", seed).isEqualTo(name);
        }
    }

    @Test
    void keepsWhatReadersUseAndNeverTellTheOwner() {
        CacheOptions cache = temporary.cache(EvictionMode.SPILL);
        Shelf shelf =
                temporary.shelf(
                        spilling()
                                .withCache(
                                        cache.withEviction(
                                                cache.eviction().withPolicy(PolicyKind.LRU))));
        for (int i = 0; i < 8; i++) {
            put(shelf, "t" + i, i);
        }
        for (int i = 8; i < 20; i++) {
            assertThat(LongTable.seedOf(shelf, "t0")).isZero();
            long uses = details(shelf, "t0").uses();
            Deadline.ofSeconds(30)
                    .await(
                            "the use is stamped",
                            () -> {
                                LongTable.seedOf(shelf, "t0");
                                return details(shelf, "t0").uses() > uses;
                            });
            put(shelf, "t" + i, i);
        }
        assertThat(details(shelf, "t0").spilledPartitions()).isZero();
        assertThat(details(shelf, "t1").spilledPartitions()).isOne();
    }

    @Test
    void recordsWhatIsPutAndUsed() throws IOException {
        Path trace = temporary.scratch().resolve("trace");
        Shelf shelf =
                temporary.shelf(
                        spilling().withCache(temporary.cache(EvictionMode.SPILL).withTrace(trace)));
        put(shelf, "a b", 1);
        put(shelf, "line\nend", 2);
        for (int i = 0; i < 5; i++) {
            LongTable.seedOf(shelf, "a b");
        }
        Deadline.ofSeconds(30).await("uses are stamped", () -> details(shelf, "a b").uses() >= 5);
        temporary.close();
        List<String> lines = Files.readAllLines(trace);
        assertThat(lines).filteredOn(line -> line.startsWith("a b 1")).hasSizeGreaterThan(5);
        assertThat(lines).filteredOn(line -> line.startsWith("line%0Aend 1")).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void replacesAPersistedTableInOneStep(SpillCodec codec) throws IOException {
        Path place = temporary.scratch().resolve("place");
        Shelf shelf = temporary.shelf(spilling());
        PutOptions cut = PutOptions.DEFAULT.withPartitions(40_000, 0);
        LongTable.put(shelf, allocator, "t", 1, ROWS, cut);
        assertThat(shelf.persist("t", place, codec)).isTrue();
        assertThat(shelf.persist("t", place, SpillCodec.NONE)).isTrue();
        Path folder = place.resolve("t");
        Path foreign = folder.resolve("notes.txt");
        Files.writeString(foreign, "somebody else's");
        // as a process that died before the manifest was renamed leaves it
        Files.writeString(folder.resolve("ffffffffffffffff-00000000.arrow"), "half a part");
        Files.writeString(folder.resolve("ffffffffffffffff-00000001.arrow.draft"), "less");
        Files.writeString(folder.resolve("manifest.draft"), "half a manifest");
        shelf.delete("t");
        assertThat(shelf.load("t", place, PutOptions.DEFAULT)).isNotNull();
        assertThat(LongTable.seedOf(shelf, "t")).isEqualTo(1);

        LongTable.put(shelf, allocator, "t", 2, ROWS, cut);
        assertThat(shelf.persist("t", place, codec)).isTrue();
        assertThat(files(folder)).hasSize(4 + 2).contains(foreign);
        temporary.close();
        Shelf again = temporary.shelf(spilling());
        again.delete("t");
        assertThat(again.load("t", place, PutOptions.DEFAULT)).isNotNull();
        assertThat(LongTable.seedOf(again, "t")).isEqualTo(2);
        assertThat(again.persisted(place)).containsExactly("t");
    }

    @Test
    void refusesAPersistedTableWithAMissingOrChangedPart() throws IOException {
        Path place = temporary.scratch().resolve("place");
        Shelf shelf = temporary.shelf(spilling());
        put(shelf, "changed", 1);
        put(shelf, "missing", 2);
        put(shelf, "whole", 3);
        for (String name : List.of("changed", "missing", "whole")) {
            shelf.persist(name, place, SpillCodec.NONE); // every bit of it counts
        }
        Path changed = part(place.resolve("changed"));
        byte[] bytes = Files.readAllBytes(changed);
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        Files.write(changed, bytes);
        Files.delete(part(place.resolve("missing")));
        for (String name : List.of("changed", "missing")) {
            assertThatThrownBy(() -> shelf.load(name, place, PutOptions.DEFAULT))
                    .as("seed=%d", seed)
                    .isInstanceOf(ShelfException.class);
            assertThat(LongTable.seedOf(shelf, name)).isPositive(); // the resident one stays
        }
        assertThat(shelf.load("whole", place, PutOptions.DEFAULT)).isNotNull();
    }

    private static Path part(Path folder) throws IOException {
        return files(folder).stream()
                .filter(path -> path.toString().contains(".arrow"))
                .findFirst()
                .orElseThrow();
    }

    private void put(Shelf shelf, String name, long of) {
        LongTable.put(shelf, allocator, name, of, ROWS, PutOptions.DEFAULT);
    }

    private static TableDetails details(Shelf shelf, String name) {
        return Objects.requireNonNull(shelf.details(name), name);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }

    /// Pages of all files below a directory; a file that goes meanwhile counts nothing.
    private static long allocated(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).mapToLong(CacheFaultsTest::pages).sum();
        } catch (IOException | java.io.UncheckedIOException _) {
            return 0;
        }
    }

    private static long pages(Path file) {
        try (FileHandle handle = FileHandle.openReadOnly(file)) {
            return handle.allocatedBytes();
        } catch (IOException _) {
            return 0;
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
