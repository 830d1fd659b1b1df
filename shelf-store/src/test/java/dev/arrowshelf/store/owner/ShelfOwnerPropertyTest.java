package dev.arrowshelf.store.owner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.ipc.IpcScanner;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Random operations against a plain map. Replay with `-Dshelf.seed`.
final class ShelfOwnerPropertyTest {
    private static final int STEPS = 400;

    private final long seed = Long.getLong("shelf.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final Map<String, byte[]> model = new TreeMap<>();

    @Test
    void doesWhatAMapDoes() throws IOException {
        System.out.println("ShelfOwnerPropertyTest: -Dshelf.seed=" + seed);
        try (TestShelf shelf = new TestShelf()) {
            shelf.reopen(); // the first step may be a read, which opens no owner
            for (int step = 0; step < STEPS; step++) {
                step(shelf);
                if (step % 100 == 99) {
                    check(shelf);
                }
            }
            shelf.reopen();
            check(shelf);
        }
    }

    private void step(TestShelf shelf) throws IOException {
        String key = "key" + random.nextInt(30);
        int dice = random.nextInt(100);
        if (dice < 40) {
            byte[] stream =
                    TestTables.stream(random.nextLong(), random.nextInt(4), random.nextInt(100));
            shelf.putSmall(key, stream);
            model.put(key, stream);
        } else if (dice < 60) {
            byte[] stream =
                    TestTables.stream(random.nextLong(), random.nextInt(6), random.nextInt(20_000));
            shelf.put(key, stream, options(), 1 + random.nextInt(5));
            model.put(key, stream);
        } else if (dice < 80) {
            assertThat(shelf.owner().delete(TestShelf.key(key)))
                    .as("seed=%d", seed)
                    .isEqualTo(model.remove(key) != null);
        } else if (dice < 85) {
            putWhereNothingIs(shelf, key);
        } else if (dice < 90) {
            abandon(shelf, key);
        } else if (dice < 92) {
            assertThat(shelf.owner().deleteAll()).as("seed=%d", seed).isEqualTo(model.size());
            model.clear();
        } else if (dice < 95) {
            shelf.reopen();
        } else {
            byte[] expected = model.get(key);
            assertThat(shelf.read(key))
                    .as("seed=%d", seed)
                    .isEqualTo(expected == null ? null : TestShelf.lines(expected));
        }
    }

    private PutOptions options() {
        return switch (random.nextInt(3)) {
            case 0 -> PutOptions.DEFAULT;
            case 1 -> PutOptions.DEFAULT.withPartitions(1 + random.nextInt(30_000), 0);
            default ->
                    PutOptions.DEFAULT
                            .withPartitions(0, 1 + random.nextInt(1 << 20))
                            .withUtf8Validation(true);
        };
    }

    private void putWhereNothingIs(TestShelf shelf, String key) {
        byte[] stream = TestTables.stream(random.nextLong(), 1, 50);
        PutOptions keep = PutOptions.DEFAULT.withReplace(false);
        try {
            shelf.owner().putSmall(TestShelf.key(key), MemorySegment.ofArray(stream), keep);
            assertThat(model.put(key, stream)).as("seed=%d", seed).isNull();
        } catch (ShelfException failure) {
            assertThat(failure.code()).as("seed=%d", seed).isEqualTo(ErrorCode.ALREADY_EXISTS);
            assertThat(model).as("seed=%d", seed).containsKey(key);
        }
    }

    private void abandon(TestShelf shelf, String key) {
        byte[] stream = TestTables.stream(random.nextLong(), 3, 5_000);
        try (PutTransaction put =
                shelf.owner()
                        .beginPut(
                                TestShelf.key(key),
                                options(),
                                IpcScanner.scan(MemorySegment.ofArray(stream)).stream()
                                        .map(LocatedMessage::message)
                                        .toList())) {
            assertThat(put.plan().files()).isNotEmpty();
        }
    }

    private void check(TestShelf shelf) throws IOException {
        assertThat(shelf.keys()).as("seed=%d", seed).isEqualTo(model.keySet());
        for (Map.Entry<String, byte[]> entry : model.entrySet()) {
            assertThat(shelf.read(entry.getKey()))
                    .as("seed=%d, key=%s", seed, entry.getKey())
                    .isEqualTo(TestShelf.lines(entry.getValue()));
        }
        shelf.checkInvariants();
    }
}
