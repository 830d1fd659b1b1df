package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.table.ShelfTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLongArray;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Threads that put, replace, delete and read the same names: what is read is whole, and never
/// older than what was there before.
final class ConcurrentShelfTest {
    private static final int NAMES = 6;
    private static final int WRITES = 250;

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final RandomTables tables = RandomTables.ofThisRun();

    @Test
    void readersSeeWholeTablesThatOnlyGrowNewer() throws Exception {
        Shelf shelf =
                temporary.shelf(
                        temporary
                                .options()
                                .withMemoryLimit(ByteSize.parse("1GiB"))
                                .withWarmPool(ByteSize.parse("32MiB")));
        AtomicLongArray acknowledged = new AtomicLongArray(NAMES);
        AtomicLongArray begun = new AtomicLongArray(NAMES);
        try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
            List<Future<Integer>> running = new ArrayList<>();
            for (int writer = 0; writer < 2; writer++) {
                long seed = tables.random().nextLong();
                int own = writer;
                running.add(
                        threads.submit(
                                () -> write(shelf, own, new Random(seed), begun, acknowledged)));
            }
            for (int reader = 0; reader < 4; reader++) {
                long seed = tables.random().nextLong();
                Callable<Integer> reading =
                        () -> read(shelf, new Random(seed), begun, acknowledged);
                running.add(threads.submit(reading));
            }
            int found = 0;
            for (Future<Integer> each : running) {
                found += result(each);
            }
            assertThat(found).as("%s", tables).isPositive();
        }
    }

    /// Each writer has every second name to itself, so that versions of a name are put in order.
    private static int write(
            Shelf shelf,
            int writer,
            Random random,
            AtomicLongArray begun,
            AtomicLongArray acknowledged) {
        try (BufferAllocator allocator = new RootAllocator()) {
            for (long version = 1; version <= WRITES; version++) {
                int name = random.nextInt(NAMES / 2) * 2 + writer;
                begun.set(name, version);
                if (random.nextInt(6) == 0) {
                    shelf.delete("t" + name);
                } else {
                    int rows = random.nextInt(3) == 0 ? 100_000 : 10 + random.nextInt(5000);
                    try (VectorSchemaRoot root = Versioned.root(allocator, rows, version)) {
                        shelf.put("t" + name, root);
                    }
                    acknowledged.set(name, version);
                }
            }
            for (int name = writer; name < NAMES; name += 2) {
                begun.set(name, Long.MAX_VALUE);
            }
            return 0;
        }
    }

    private static int read(
            Shelf shelf, Random random, AtomicLongArray begun, AtomicLongArray acknowledged) {
        int found = 0;
        while (!allDone(begun)) {
            int name = random.nextInt(NAMES);
            long atLeast = acknowledged.get(name);
            try (ShelfTable table = shelf.find("t" + name)) {
                if (table != null) {
                    long version = Versioned.read(table);
                    assertThat(version)
                            .isGreaterThanOrEqualTo(atLeast)
                            .isLessThanOrEqualTo(begun.get(name));
                    found++;
                }
            }
        }
        return found;
    }

    private static boolean allDone(AtomicLongArray begun) {
        for (int name = 0; name < NAMES; name++) {
            if (begun.get(name) != Long.MAX_VALUE) {
                return false;
            }
        }
        return true;
    }

    private static int result(Future<Integer> future) throws Exception {
        try {
            return future.get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof Error error) {
                throw error;
            }
            throw failed;
        }
    }
}
