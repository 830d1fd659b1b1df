package dev.arrowshelf.store.owner;

import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.persist.ParquetFolder;
import dev.arrowshelf.store.publish.CrashPoint;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/// A process that works on a shelf, says what it begins and what was answered, and ends at a given
/// crash point without any clean-up.
final class CrashChild {
    static final int EXIT_CRASHED = 9;

    private static final int SMALL_ROUNDS = 120;
    private static final int FILLING_ROWS = 700;

    private final TestShelf shelf;
    private final CrashPoint crash;
    private final Random random;

    private CrashChild(TestShelf shelf, CrashPoint crash, long seed) {
        this.shelf = shelf;
        this.crash = crash;
        this.random = new Random(seed);
    }

    /// Arguments: root directory, crash step, how often it is reached before the end, seed.
    public static void main(String[] arguments) throws IOException {
        CrashPoint.Step last = CrashPoint.Step.valueOf(arguments[1]);
        int[] left = {Integer.parseInt(arguments[2])};
        CrashPoint crash =
                step -> {
                    synchronized (left) {
                        if (step == last && --left[0] <= 0) {
                            System.out.flush();
                            Runtime.getRuntime().halt(EXIT_CRASHED);
                        }
                    }
                };
        TestShelf shelf = new TestShelf(Path.of(arguments[0]));
        new CrashChild(shelf, crash, Long.parseLong(arguments[3])).run();
        Runtime.getRuntime().halt(0); // an end without close, as if by a kill
    }

    private void run() throws IOException {
        shelf.owner(crash);
        for (int round = 0; round < SMALL_ROUNDS; round++) {
            operate();
            if (round % 20 == 19) {
                moveOne();
                shelf.closeOwner();
                shelf.owner(crash);
            }
        }
        compact();
        begin("CLEAR", "-", 0);
        shelf.owner().deleteAll();
        done();
        operate();
    }

    private void operate() throws IOException {
        String key = "key" + random.nextInt(8);
        long seed = random.nextInt(1_000);
        switch (random.nextInt(9)) {
            case 0 -> {
                begin("DELETE", key, 0);
                shelf.owner().delete(TestShelf.key(key));
                done();
            }
            case 1 -> {
                putLarge(key, seed);
                if (random.nextBoolean()) {
                    shelf.owner().spill(TestShelf.key(key));
                    shelf.owner().recall(TestShelf.key(key));
                }
            }
            case 2 -> shelf.owner().spill(TestShelf.key(key));
            case 3 -> shelf.owner().recall(TestShelf.key(key));
            case 4 -> persist(key, seed);
            case 5 -> load(key);
            case 6 -> snapshot(seed);
            default -> putSmall(key, seed);
        }
    }

    /// Every way that a table moves, so that chance leaves out no step.
    private void moveOne() throws IOException {
        String key = "key" + random.nextInt(8);
        long seed = random.nextInt(1_000);
        putSmall(key, seed);
        shelf.owner().spill(TestShelf.key(key));
        shelf.owner().recall(TestShelf.key(key));
        putLarge(key, seed);
        shelf.owner().spill(TestShelf.key(key));
        shelf.owner().recall(TestShelf.key(key));
        persist(key, seed);
        snapshot(seed);
        load(key);
        persistForeign("key" + random.nextInt(8));
    }

    /// Persists every table, as the command of this name does.
    private void snapshot(long seed) throws IOException {
        for (String key : shelf.keys()) {
            if (key.startsWith("key")) {
                persist(key, seed);
            }
        }
    }

    private void putLarge(String key, long seed) throws IOException {
        begin("LARGE", key, seed);
        shelf.put(key, large(seed), PutOptions.DEFAULT.withPartitions(4_000, 0), 1);
        done();
    }

    private void persist(String key, long seed) {
        begin("PERSIST", key, 0);
        SpillCodec codec = SpillCodec.of((int) (seed % SpillCodec.values().length));
        shelf.owner().persist(TestShelf.key(key), kept(shelf), codec, seed % 2 == 0);
        done();
    }

    /// Persists a table as another format, which is no other than IPC here: what matters is when it
    /// takes the place of what was there. It is written in two parts.
    private void persistForeign(String key) throws IOException {
        long seed = random.nextInt(1_000);
        begin("FOREIGN", key, seed);
        byte[] content = small(seed);
        ParquetFolder.of(kept(shelf), key, crash)
                .store(draft -> {
                    try (OutputStream file = Files.newOutputStream(draft)) {
                        file.write(content, 0, content.length / 2);
                        file.flush();
                        crash.reached(CrashPoint.Step.PARQUET_PART_WRITTEN);
                        file.write(
                                content, content.length / 2, content.length - content.length / 2);
                    }
                });
        done();
    }

    private void load(String key) {
        begin("LOAD", key, 0);
        byte[] name = TestShelf.key(key);
        shelf.owner().load(key, name, PutOptions.DEFAULT, shelf.owner().directoryTier(kept(shelf)));
        done();
    }

    /// Where tables are persisted.
    static Path kept(TestShelf shelf) {
        return shelf.root().resolve("kept");
    }

    private void putSmall(String key, long seed) {
        begin("SMALL", key, seed);
        shelf.putSmall(key, small(seed));
        done();
    }

    /// Fills two slabs, deletes nearly all of the first, and waits until the keeper has moved the
    /// rest.
    private void compact() {
        byte[] filler = TestTables.stream(1, 1, FILLING_ROWS);
        int fillers = 0;
        while (shelf.names("segments").stream().filter(name -> name.endsWith(".slab")).count()
                < 3) {
            shelf.putSmall("filler" + fillers++, filler);
            if (fillers % 40 == 0) {
                putSmall("kept" + fillers, fillers);
            }
        }
        for (int i = 0; i < fillers; i++) {
            shelf.owner().delete(TestShelf.key("filler" + i));
        }
        TestShelf.await(
                () ->
                        shelf.names("segments").stream()
                                        .filter(name -> name.endsWith(".slab"))
                                        .count()
                                == 1,
                "slabs are compacted");
    }

    static byte[] small(long seed) {
        return TestTables.stream(seed, 1, 20);
    }

    static byte[] large(long seed) {
        return TestTables.stream(seed, 3, 3_000);
    }

    private static void begin(String what, String key, long seed) {
        System.out.println("BEGIN " + what + " " + key + " " + seed);
    }

    private static void done() {
        System.out.println("DONE");
    }
}
