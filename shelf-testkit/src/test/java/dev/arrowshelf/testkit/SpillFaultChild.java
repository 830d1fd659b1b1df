package dev.arrowshelf.testkit;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.CacheOptions;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.model.EvictionOptions;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.SpillOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/// Main class of a process that owns a shelf of 16 MiB and spills to a file system of 6 MiB.
final class SpillFaultChild {
    private static final int ROWS = 120_000; // nearly 1 MiB
    private static final long LIMIT = 16 << 20;

    private final Shelf shelf;
    private final BufferAllocator allocator;
    private final Path disk;
    private int tables;

    /// What happens to the spill directory.
    enum Fault {
        FULL,
        READ_ONLY
    }

    private SpillFaultChild(Shelf shelf, BufferAllocator allocator, Path disk) {
        this.shelf = shelf;
        this.allocator = allocator;
        this.disk = disk;
    }

    public static void main(String[] arguments) throws Exception {
        Path disk = Path.of(arguments[1]);
        CacheOptions cache =
                CacheOptions.DEFAULT
                        .withEviction(EvictionOptions.DEFAULT.withMode(EvictionMode.SPILL))
                        .withSpill(SpillOptions.DEFAULT.withDirectories(List.of(disk)))
                        .withPutWait(Duration.ofMillis(500));
        ShelfOptions options =
                ShelfOptions.of(Path.of(arguments[0]))
                        .withMemoryLimit(new ByteSize(LIMIT))
                        .withWarmPool(new ByteSize(0))
                        .withCache(cache);
        try (BufferAllocator allocator = new RootAllocator();
                Shelf shelf = Shelf.open(options)) {
            SpillFaultChild child = new SpillFaultChild(shelf, allocator, disk);
            switch (Fault.valueOf(arguments[2])) {
                case FULL -> child.fillUp();
                case READ_ONLY -> child.writeProtect();
            }
        }
        System.out.println("all is well");
    }

    private void fillUp() throws IOException {
        putUntilFull();
        require(shelf.status().memory().spilled() > 3 << 20, "something was spilled");
        requireAll();
        requireNoDrafts();
        for (int i = 0; i < tables / 2; i++) {
            shelf.delete("t" + i);
        }
        putWithin(Duration.ofSeconds(20));
        require(LongTable.seedOf(shelf, "t" + (tables - 1)) == tables - 1, "the last is there");
    }

    private void writeProtect() throws IOException, InterruptedException {
        for (int i = 0; i < 3; i++) {
            put();
            shelf.spill("t" + i);
        }
        remount("ro");
        putUntilFull();
        requireAll();
        remount("rw");
        putWithin(Duration.ofSeconds(20));
        requireAll();
        requireNoDrafts();
    }

    private void put() {
        LongTable.put(shelf, allocator, "t" + tables, tables, ROWS, PutOptions.DEFAULT);
        tables++;
    }

    private void putUntilFull() {
        while (tables < 60) {
            try {
                put();
            } catch (ShelfException failure) {
                require(failure.code() == ErrorCode.OUT_OF_MEMORY, "it is full, and says so");
                require(
                        shelf.status().warnings().stream().anyMatch(text -> text.contains("spill")),
                        "status says why: " + shelf.status().warnings());
                return;
            }
        }
        throw new AssertionError("a shelf of 16 MiB took " + tables + " tables");
    }

    private void putWithin(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (true) {
            try {
                put();
                return;
            } catch (ShelfException failure) {
                require(failure.code() == ErrorCode.OUT_OF_MEMORY, "it is full, and says so");
                require(System.nanoTime() < end, "room is found again");
            }
        }
    }

    private void requireAll() {
        for (int i = 0; i < tables; i++) {
            require(LongTable.seedOf(shelf, "t" + i) == i, "t" + i + " is what was put");
            require(shelf.status().memory().used() <= LIMIT, "the limit is kept");
        }
    }

    private void requireNoDrafts() throws IOException {
        try (Stream<Path> all = Files.walk(disk)) {
            require(
                    all.noneMatch(path -> path.toString().endsWith(".draft")),
                    "no half of a file is left");
        }
    }

    private void remount(String how) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder("mount", "-o", "remount," + how, disk.toString())
                        .inheritIO()
                        .start();
        require(process.waitFor() == 0, "remounted " + how);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
