package dev.arrowshelf.store.owner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.model.PutOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Writers of the same few keys at once, and readers that must find each table whole.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class ShelfOwnerConcurrencyTest {
    private static final int KEYS = 6;
    private static final int ROUNDS = 120;

    private final long seed = Long.getLong("shelf.seed", System.nanoTime());

    @Test
    void everyReadFindsOneTableWhole() throws Exception {
        System.out.println("ShelfOwnerConcurrencyTest: -Dshelf.seed=" + seed);
        Map<String, List<String>> known = new HashMap<>();
        List<byte[]> streams = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            byte[] stream = TestTables.stream(i, 2, i % 2 == 0 ? 50 : 20_000);
            streams.add(stream);
            List<String> lines = TestShelf.lines(stream);
            known.put(lines.getFirst(), lines);
        }
        try (TestShelf shelf = new TestShelf();
                ExecutorService threads = Executors.newCachedThreadPool()) {
            shelf.owner();
            AtomicBoolean done = new AtomicBoolean();
            AtomicLong reads = new AtomicLong();
            List<Future<?>> readers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                Random random = new Random(seed + 100 + i);
                readers.add(threads.submit(() -> read(shelf, known, random, done, reads)));
            }
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Random random = new Random(seed + i);
                writers.add(threads.submit(() -> write(shelf, streams, random)));
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
            done.set(true);
            for (Future<?> reader : readers) {
                reader.get();
            }
            assertThat(reads.get()).isPositive();
            shelf.checkInvariants();
            Map<String, List<String>> before = all(shelf);
            shelf.reopen();
            assertThat(all(shelf)).isEqualTo(before);
            shelf.checkInvariants();
        }
    }

    private static @Nullable Void write(TestShelf shelf, List<byte[]> streams, Random random)
            throws IOException {
        for (int round = 0; round < ROUNDS; round++) {
            String key = "key" + random.nextInt(KEYS);
            byte[] stream = streams.get(random.nextInt(streams.size()));
            int dice = random.nextInt(100);
            if (dice < 40) {
                shelf.putSmall(key, stream);
            } else if (dice < 75) {
                shelf.put(key, stream, PutOptions.DEFAULT.withPartitions(25_000, 0), 2);
            } else if (dice < 98) {
                shelf.owner().delete(TestShelf.key(key));
            } else {
                shelf.owner().deleteAll();
            }
        }
        return null;
    }

    private static @Nullable Void read(
            TestShelf shelf,
            Map<String, List<String>> known,
            Random random,
            AtomicBoolean done,
            AtomicLong reads)
            throws IOException {
        while (!done.get()) {
            List<String> lines = shelf.readAmongWriters("key" + random.nextInt(KEYS));
            if (lines != null) {
                assertThat(lines).isEqualTo(known.get(lines.getFirst()));
                reads.incrementAndGet();
            }
        }
        return null;
    }

    private static Map<String, List<String>> all(TestShelf shelf) throws IOException {
        Map<String, List<String>> all = new HashMap<>();
        for (String key : shelf.keys()) {
            List<String> lines = shelf.read(key);
            if (lines != null) {
                all.put(key, lines);
            }
        }
        return all;
    }
}
