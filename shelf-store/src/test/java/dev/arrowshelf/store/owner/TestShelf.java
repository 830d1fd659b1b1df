package dev.arrowshelf.store.owner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.memory.control.ControlReader;
import dev.arrowshelf.memory.control.Place;
import dev.arrowshelf.memory.control.Slot;
import dev.arrowshelf.store.directory.ShelfFileName;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.IpcScanner;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.model.CacheOptions;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.model.EvictionOptions;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.SpillOptions;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.publish.CrashPoint;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.util.ByteArrayReadableSeekableByteChannel;
import org.jspecify.annotations.Nullable;

/// A shelf of its own in `/dev/shm`, written as a local client would and read back as a foreign
/// reader would, with the checks that hold after every test.
final class TestShelf implements AutoCloseable {
    private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final Path root;
    private ShelfOptions options;
    private @Nullable ShelfOwner owner;

    TestShelf() throws IOException {
        this(Files.createTempDirectory(Path.of("/dev/shm"), "owner-test-"));
    }

    /// A shelf in a directory that another process may have used.
    TestShelf(Path root) {
        this.root = root;
        this.options =
                ShelfOptions.of(root.resolve("shelf"))
                        .withMemoryLimit(new ByteSize(256L << 20))
                        .withWarmPool(new ByteSize(16L << 20))
                        .withCache(withoutEviction(root));
    }

    private static CacheOptions withoutEviction(Path root) {
        return CacheOptions.DEFAULT
                .withEviction(EvictionOptions.DEFAULT.withMode(EvictionMode.OFF))
                .withSpill(SpillOptions.DEFAULT.withDirectories(List.of(root.resolve("disk"))));
    }

    static byte[] key(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    Path root() {
        return root;
    }

    ShelfOptions options() {
        return options;
    }

    TestShelf with(ShelfOptions other) {
        options = other;
        return this;
    }

    Path directory() {
        return options.directory();
    }

    ShelfOwner owner() {
        return owner(CrashPoint.NONE);
    }

    ShelfOwner owner(CrashPoint crash) {
        ShelfOwner present = owner;
        if (present == null) {
            present = ShelfOwner.open(options, InstantSource.system(), crash);
            owner = present;
        }
        return present;
    }

    ShelfOwner reopen() {
        closeOwner();
        return owner();
    }

    void closeOwner() {
        if (owner != null) {
            owner.close();
            owner = null;
        }
    }

    TableInfo putSmall(String key, byte[] stream) {
        return owner().putSmall(key(key), MemorySegment.ofArray(stream), PutOptions.DEFAULT);
    }

    TableInfo put(String key, byte[] stream) throws IOException {
        return put(key, stream, PutOptions.DEFAULT, Integer.MAX_VALUE);
    }

    /// Puts as a local client does: metadata to the owner, bodies copied by the plan. After the
    /// schema, `step` messages go into each request.
    TableInfo put(String key, byte[] stream, PutOptions put, int step) throws IOException {
        MemorySegment bytes = MemorySegment.ofArray(stream);
        List<LocatedMessage> located = IpcScanner.scan(bytes);
        try (TestWriter writer = new TestWriter(bytes);
                PutTransaction transaction =
                        owner().beginPut(key(key), put, List.of(located.getFirst().message()))) {
            for (int from = 1;
                    from < located.size();
                    from += Math.min(step, located.size() - from)) {
                List<LocatedMessage> request =
                        located.subList(from, from + Math.min(step, located.size() - from));
                List<IpcMessage> messages = request.stream().map(LocatedMessage::message).toList();
                writer.carryOut(transaction.append(messages), request);
            }
            writer.letGo();
            return transaction.commit();
        }
    }

    /// The table's lines as a foreign process finds them, or null when the key names nothing.
    @Nullable List<String> read(String key) throws IOException {
        if (owner != null) {
            owner.recall(key(key));
        }
        try (ControlReader control = ControlReader.open(directory())) {
            Slot slot = control.find(key(key));
            return slot == null ? null : read(slot);
        }
    }

    /// Reads while others write: looks again whenever the table went meanwhile.
    @Nullable List<String> readAmongWriters(String key) throws IOException {
        long deadline = System.nanoTime() + WAIT_NANOS;
        while (true) {
            try {
                return read(key);
            } catch (NoSuchFileException gone) {
                if (System.nanoTime() > deadline) {
                    throw gone;
                }
            }
        }
    }

    private List<String> read(Slot slot) throws IOException {
        List<String> lines = new ArrayList<>();
        if (slot.location().isInSlab()) {
            boolean onDisk = slot.location().place() == Place.SPILLED_SLAB;
            Path slab =
                    directory()
                            .resolve(onDisk ? "spill/0" : "segments")
                            .resolve("%016x.slab".formatted(slot.location().locator()));
            try (Region region = Region.mapReadOnly(slab)) {
                return lines(
                        region.segment()
                                .asSlice(slot.location().offset(), slot.location().length())
                                .toArray(ValueLayout.JAVA_BYTE));
            }
        }
        for (int partition = 0; partition < slot.location().locator(); partition++) {
            byte[] file = Files.readAllBytes(segment(slot.generation(), partition));
            try (BufferAllocator allocator = new RootAllocator();
                    ArrowFileReader reader =
                            new ArrowFileReader(
                                    new ByteArrayReadableSeekableByteChannel(file), allocator)) {
                List<String> part = TestTables.lines(reader);
                lines.addAll(partition == 0 ? part : part.subList(1, part.size()));
            }
        }
        return lines;
    }

    Path segment(long generation, int partition) {
        return directory()
                .resolve("segments")
                .resolve("%016x-%08x.arrow".formatted(generation, partition));
    }

    static List<String> lines(byte[] stream) throws IOException {
        try (BufferAllocator allocator = new RootAllocator();
                ArrowStreamReader reader =
                        new ArrowStreamReader(new ByteArrayInputStream(stream), allocator)) {
            return TestTables.lines(reader);
        }
    }

    Set<String> keys() {
        Set<String> keys = new TreeSet<>();
        owner().keys().forEach(key -> keys.add(new String(key, StandardCharsets.UTF_8)));
        return keys;
    }

    List<String> names(String place) {
        try (Stream<Path> files = Files.list(directory().resolve(place))) {
            return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// What must be true of an open shelf when nothing is under way.
    void checkInvariants() throws IOException {
        await(() -> owner().status().memory().unlinked() == 0, "unlinked bytes go");
        assertThat(owner().status().memory().writing()).as("writing bytes").isZero();
        assertThat(names("tmp")).as("tmp/").isEmpty();
        // background work opens and maps files too, but not for long
        await(
                () -> Set.of("owner.lock").containsAll(shelfFilesIn("/proc/self/fd", false)),
                "descriptors are closed");
        await(
                () ->
                        shelfFilesIn("/proc/self/maps", true).stream()
                                .allMatch(TestShelf::staysMapped),
                "mappings go");
        checkCatalogue();
        checkLedger();
    }

    private void checkCatalogue() throws IOException {
        Set<String> expected = new TreeSet<>();
        Set<String> stored = new TreeSet<>();
        Map<String, Slot> slots = new HashMap<>();
        try (ControlReader control = ControlReader.open(directory())) {
            control.forEach(
                    (key, slot) -> slots.put(new String(key, StandardCharsets.UTF_8), slot));
        }
        Set<Long> tables = new HashSet<>();
        for (Slot slot : slots.values()) {
            if (slot.location().isInSlab()) {
                Set<String> place =
                        slot.location().place() == Place.SPILLED_SLAB ? stored : expected;
                place.add("%016x.slab".formatted(slot.location().locator()));
            } else {
                tables.add(slot.generation());
                for (int i = 0; i < slot.location().locator(); i++) {
                    expected.add("%016x-%08x.arrow".formatted(slot.generation(), i));
                }
            }
        }
        assertThat(names("segments").stream().filter(name -> name.endsWith(".arrow")).toList())
                .as("segments")
                .isEqualTo(expected.stream().filter(name -> name.endsWith(".arrow")).toList());
        assertThat(names("segments")).as("slabs").containsAll(expected);
        assertThat(Files.exists(directory().resolve("spill/0")) ? names("spill/0") : List.of())
                .as("slabs on disk")
                .filteredOn(name -> name.endsWith(".slab"))
                .containsExactlyInAnyOrderElementsOf(stored);
        assertThat(
                        names("tables").stream()
                                .map(name -> ShelfFileName.parse(name).orElseThrow().generation())
                                .toList())
                .as("descriptors")
                .containsExactlyInAnyOrderElementsOf(tables);
        assertThat(slots.keySet()).as("keys").isEqualTo(keys());
    }

    private void checkLedger() throws IOException {
        try {
            await(
                    () -> {
                        long counted = owner().status().memory().used();
                        return Math.abs(allocated() - counted) <= Math.max(counted / 50, 64 << 10);
                    },
                    "ledger equals what the directory takes");
        } catch (AssertionError failure) {
            throw new AssertionError(
                    "%s; allocated=%d, ledger=%s, segments=%s, pool=%s, tmp=%s"
                            .formatted(
                                    failure.getMessage(),
                                    allocated(),
                                    owner().status().memory(),
                                    names("segments"),
                                    names("pool"),
                                    names("tmp")),
                    failure);
        }
    }

    long allocated() {
        try (Stream<Path> files = Files.walk(directory())) {
            long bytes = 0;
            for (Path file :
                    files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
                            .toList()) {
                try (FileHandle handle = FileHandle.openReadOnly(file)) {
                    bytes += handle.allocatedBytes();
                } catch (NoSuchFileException _) { // the pool works on
                }
            }
            return bytes;
        } catch (IOException | UncheckedIOException failure) {
            return -1;
        }
    }

    private static boolean staysMapped(String name) {
        return Set.of("control", "access").contains(name) || name.endsWith(".slab");
    }

    private Set<String> shelfFilesIn(String where, boolean lines) {
        try {
            return shelfFiles(where, lines);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private Set<String> shelfFiles(String where, boolean lines) throws IOException {
        Set<String> found = new HashSet<>();
        List<String> places = new ArrayList<>();
        if (lines) {
            places.addAll(Files.readAllLines(Path.of(where)));
        } else {
            try (Stream<Path> links = Files.list(Path.of(where))) {
                for (Path link : links.toList()) {
                    try {
                        places.add(Files.readSymbolicLink(link).toString());
                    } catch (NoSuchFileException _) { // the listing's own descriptor
                    }
                }
            }
        }
        for (String place : places) {
            int at = place.indexOf(directory() + "/");
            if (at >= 0) {
                found.add(place.substring(place.lastIndexOf('/') + 1));
            }
        }
        found.removeIf(name -> name.endsWith(".blank")); // the pool's own work
        return found;
    }

    /// Waits for a condition, with a deadline.
    static void await(BooleanSupplier condition, String what) {
        long deadline = System.nanoTime() + WAIT_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long: " + what).isLessThan(deadline);
            Thread.onSpinWait();
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void close() throws IOException {
        closeOwner();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
