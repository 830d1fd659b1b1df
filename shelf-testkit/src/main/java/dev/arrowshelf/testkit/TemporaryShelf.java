package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.LeasedFileException;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.CacheOptions;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.model.EvictionOptions;
import dev.arrowshelf.store.model.MemoryUsage;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.SpillOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Gives each test a fresh shelf directory on tmpfs, and looks after the test whether anything is
/// left over: tables may stay on the shelf, but the ledger must say what the files say, and after
/// closing this process may have no mapping and no descriptor of the directory, the directory no
/// file of an unfinished put.
///
/// ```java
/// @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();
/// ```
///
/// One test at a time.
public final class TemporaryShelf implements BeforeEachCallback, AfterEachCallback {
    private static final ByteSize LIMIT = ByteSize.parse("512MiB");
    private static final ByteSize WARM_POOL = ByteSize.parse("8MiB");

    private @Nullable Path parent;
    private @Nullable Shelf open;

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        parent = Files.createTempDirectory(Path.of("/dev/shm"), "arrowshelf-test-");
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        Path root = parent();
        try {
            if (context.getExecutionException().isEmpty()) {
                checkLedger();
            }
            close();
            if (context.getExecutionException().isEmpty()) {
                checkNothingIsHeld();
                checkNothingIsHalfWritten();
            }
        } finally {
            close();
            remove(root);
            parent = null;
        }
    }

    /// Returns the shelf directory; it is made by whoever opens it first.
    public Path directory() {
        return parent().resolve("shelf");
    }

    /// Returns a directory of this test for other files, on tmpfs.
    public Path scratch() {
        return parent();
    }

    /// Returns options for a small shelf in the directory.
    public ShelfOptions options() {
        return ShelfOptions.of(directory())
                .withMemoryLimit(LIMIT)
                .withWarmPool(WARM_POOL)
                .withCache(cache(EvictionMode.OFF));
    }

    /// Returns cache options whose spill directory belongs to this test.
    public CacheOptions cache(EvictionMode mode) {
        return CacheOptions.DEFAULT
                .withEviction(EvictionOptions.DEFAULT.withMode(mode))
                .withSpill(SpillOptions.DEFAULT.withDirectories(List.of(disk())));
    }

    /// Returns the spill directory of this test.
    public Path disk() {
        return parent().resolve("disk");
    }

    /// Returns the shelf, opened with [#options()] when it is not open.
    public Shelf shelf() {
        return shelf(options());
    }

    /// Returns the shelf, opened with these options when it is not open.
    public Shelf shelf(ShelfOptions options) {
        Shelf present = open;
        if (present == null) {
            present = Shelf.open(options);
            open = present;
        }
        return present;
    }

    /// Closes the shelf; [#shelf()] opens it again.
    public void close() {
        Shelf present = open;
        open = null;
        if (present != null) {
            present.close();
        }
    }

    private Path parent() {
        Path present = parent;
        if (present == null) {
            throw new IllegalStateException("there is a directory during a test only");
        }
        return present;
    }

    /// The figures of the status must be what the files take. Background work moves bytes between
    /// two looks: a difference must persist.
    private void checkLedger() {
        Shelf present = open;
        if (present == null) {
            return;
        }
        Deadline deadline = Deadline.ofSeconds(30);
        while (true) {
            MemoryUsage ledger = present.status().memory();
            long pool = allocated("pool");
            long resident = allocated("segments") + allocated("tables") + allocated(".");
            boolean same = ledger.pool() == pool && ledger.resident() == resident;
            if (same) {
                return;
            }
            if (deadline.hasPassed()) {
                assertThat(List.of(ledger.resident(), ledger.pool()))
                        .as("ledger against files: resident, pool; ledger=%s", ledger)
                        .isEqualTo(List.of(resident, pool));
            }
            deadline.pause();
        }
    }

    private void checkNothingIsHeld() {
        Deadline deadline = Deadline.ofSeconds(30);
        OpenResources held = OpenResources.of(parent());
        while (!(held.mappings().isEmpty() && held.descriptors().isEmpty())
                && !deadline.hasPassed()) {
            deadline.pause();
            held = OpenResources.of(parent());
        }
        assertThat(held.mappings()).as("mappings left over").isEmpty();
        assertThat(held.descriptors()).as("descriptors left over").isEmpty();
    }

    private void checkNothingIsHalfWritten() throws IOException {
        assertThat(files("tmp")).as("files left in tmp/").isEmpty();
        assertThat(files("quarantine")).as("files in quarantine/").isEmpty();
    }

    private List<Path> files(String folder) throws IOException {
        Path path = directory().resolve(folder);
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private long allocated(String folder) {
        long bytes = 0;
        try {
            for (Path file : files(folder)) {
                bytes += allocated(file);
            }
            return bytes;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// A file that is moved or leased meanwhile counts nothing: the next look sees it.
    private static long allocated(Path file) {
        try (FileHandle handle = FileHandle.openReadOnly(file)) {
            return handle.allocatedBytes();
        } catch (NoSuchFileException | LeasedFileException _) {
            return 0;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void remove(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
