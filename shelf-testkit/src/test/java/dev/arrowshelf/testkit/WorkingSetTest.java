package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.table.ShelfTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A working set of twice the memory under two writers and four readers: nothing is lost, the limit
/// holds, and in the end everything is what was put last.
///
/// Ten minutes of it: `-Dshelf.soak.seconds=600`.
final class WorkingSetTest {
    private static final int TABLES = 64;
    private static final int MOST_ROWS = 256 << 10; // 2 MiB
    private static final int WRITERS = 2;
    private static final int READERS = 4;
    private static final ByteSize LIMIT = ByteSize.parse("32MiB");

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final BufferAllocator allocator = new RootAllocator();
    private final long seed = Long.getLong("shelf.seed", System.nanoTime());
    private final AtomicLongArray begun = new AtomicLongArray(TABLES);
    private final AtomicLongArray done = new AtomicLongArray(TABLES);
    private final AtomicLong reads = new AtomicLong();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    @AfterEach
    void closeAllocator() {
        allocator.close();
    }

    @Test
    void losesNothingAndKeepsItsLimit() throws InterruptedException {
        ShelfOptions options =
                temporary
                        .options()
                        .withMemoryLimit(LIMIT)
                        .withWarmPool(ByteSize.parse("2MiB"))
                        .withCache(temporary.cache(EvictionMode.SPILL));
        Shelf shelf = temporary.shelf(options);
        for (int table = 0; table < TABLES; table++) {
            write(shelf, table);
        }
        long end =
                System.nanoTime() + TimeUnit.SECONDS.toNanos(Long.getLong("shelf.soak.seconds", 8));
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < WRITERS + READERS; i++) {
            int number = i;
            threads.add(
                    Thread.ofPlatform()
                            .name("soak-" + i)
                            .start(() -> work(shelf, number, new Random(seed + number), end)));
        }
        long most = 0;
        while (System.nanoTime() < end && failures.isEmpty()) {
            most = Math.max(most, shelf.status().memory().used());
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).as("seed=%d", seed).isEmpty();
        assertThat(most).as("most bytes ever, seed=%d", seed).isLessThanOrEqualTo(LIMIT.bytes());
        assertThat(reads.get()).isGreaterThan(TABLES);
        assertThat(shelf.status().memory().spilled()).isPositive();
        for (int table = 0; table < TABLES; table++) {
            assertThat(LongTable.seedOf(shelf, "t" + table))
                    .as("t%d, seed=%d", table, seed)
                    .isEqualTo(contentOf(table, done.get(table)));
        }
        shelf.deleteAll();
        Deadline.ofSeconds(30)
                .await(
                        "nothing but the pool is left",
                        () -> shelf.status().memory().used() < 8 << 20);
        assertThat(shelf.status().memory().spilled()).isZero();
    }

    /// Writers have tables of their own; the version read is one between the last put that was
    /// answered before and the last one begun after.
    private void work(Shelf shelf, int number, Random random, long end) {
        try {
            while (System.nanoTime() < end && failures.isEmpty()) {
                int table = (int) (TABLES * Math.pow(random.nextDouble(), 2));
                if (number < WRITERS) {
                    write(shelf, (table / WRITERS) * WRITERS + number);
                } else {
                    read(shelf, table);
                }
            }
        } catch (RuntimeException | Error failure) {
            failures.add(failure);
        }
    }

    private void write(Shelf shelf, int table) {
        long version = begun.incrementAndGet(table);
        int rows = 1 + new Random(contentOf(table, version)).nextInt(MOST_ROWS);
        LongTable.put(
                shelf,
                allocator,
                "t" + table,
                contentOf(table, version),
                rows,
                PutOptions.DEFAULT.withPartitions(100_000, 0).withClient("c" + table % WRITERS));
        done.set(table, version);
    }

    private void read(Shelf shelf, int table) {
        long least = done.get(table);
        try (ShelfTable found = shelf.get("t" + table)) {
            long content = LongTable.seedOf(found);
            assertThat(content)
                    .isBetween(contentOf(table, least), contentOf(table, begun.get(table)));
            reads.incrementAndGet();
        }
    }

    private static long contentOf(int table, long version) {
        return table * 1_000_000L + version;
    }
}
