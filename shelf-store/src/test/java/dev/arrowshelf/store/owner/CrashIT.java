package dev.arrowshelf.store.owner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.persist.ColdTier;
import dev.arrowshelf.store.persist.ParquetFolder;
import dev.arrowshelf.store.publish.CrashPoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// An owner that dies between any two steps of a change loses nothing that was answered, and leaves
/// nothing half done. Two at a time: most of it is waiting for children.
@Execution(ExecutionMode.CONCURRENT)
final class CrashIT {
    private static final long LIFE_SECONDS = 120;
    private static final int TRIES = 2;

    private final long seed = Long.getLong("shelf.seed", System.nanoTime());
    private Path root;

    /// What a key may hold after the crash: null stands for nothing.
    private record Pending(String what, String key, long seed) {}

    @BeforeEach
    void makeDirectory() throws IOException {
        root = Files.createTempDirectory(Path.of("/dev/shm"), "crash-test-");
    }

    @AfterEach
    void removeDirectory() throws IOException {
        new TestShelf(root).close();
    }

    @ParameterizedTest
    @EnumSource
    void keepsWhatWasAnswered(CrashPoint.Step step) throws Exception {
        Random random = new Random(seed ^ step.name().hashCode());
        for (int i = 0; i < TRIES; i++) {
            int occurrence = 1 + random.nextInt(i == 0 ? 1 : mostOccurrences(step));
            List<String> said = runChild(step, occurrence, random.nextInt(1_000));
            try (TestShelf shelf = new TestShelf(root)) {
                verify(
                        shelf,
                        said,
                        "seed=%d, step=%s, occurrence=%d".formatted(seed, step, occurrence));
            }
            Files.createDirectories(root);
        }
    }

    /// How often a run is sure to reach the step, or nearly so.
    private static int mostOccurrences(CrashPoint.Step step) {
        return switch (step) {
            case CATALOGUE_CLEARED -> 1;
            case RECOVERY_DONE, CONTROL_INSTALLED -> 4;
            case SLAB_STORED,
                    RECORD_STORED,
                    SLOT_STORED,
                    RESTORE_SEALED,
                    RESTORE_RENAMED,
                    RESTORE_SHOWN,
                    PERSIST_PART_WRITTEN,
                    PERSIST_PARTS_NAMED,
                    PERSIST_MANIFEST_WRITTEN,
                    PERSIST_MANIFEST_NAMED,
                    PARQUET_PART_WRITTEN,
                    PARQUET_WRITTEN,
                    PARQUET_NAMED,
                    PARQUET_ALONE,
                    LOAD_SEALED ->
                    3;
            default -> 6;
        };
    }

    private List<String> runChild(CrashPoint.Step step, int occurrence, long childSeed)
            throws Exception {
        Path output = Files.createTempFile("crash-child-", ".txt");
        try {
            Process child =
                    new ProcessBuilder(
                                    ProcessHandle.current().info().command().orElse("java"),
                                    "-XX:TieredStopAtLevel=1",
                                    "-Xmx256m",
                                    "--enable-native-access=ALL-UNNAMED",
                                    "--add-opens=java.base/java.nio=ALL-UNNAMED",
                                    "--sun-misc-unsafe-memory-access=allow",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    CrashChild.class.getName(),
                                    root.toString(),
                                    step.name(),
                                    Integer.toString(occurrence),
                                    Long.toString(childSeed))
                            .redirectErrorStream(true)
                            .redirectOutput(output.toFile())
                            .start();
            try {
                assertThat(child.waitFor(LIFE_SECONDS, TimeUnit.SECONDS)).as("child ends").isTrue();
                assertThat(child.exitValue())
                        .as(
                                "child ends at its crash point: %s",
                                Files.readString(output, StandardCharsets.UTF_8))
                        .isEqualTo(CrashChild.EXIT_CRASHED);
            } finally {
                child.destroyForcibly();
            }
            return Files.readAllLines(output, StandardCharsets.UTF_8);
        } finally {
            Files.delete(output);
        }
    }

    private static void verify(TestShelf shelf, List<String> said, String what) throws IOException {
        Model model = new Model(new TreeMap<>(), new TreeMap<>(), new TreeSet<>());
        Pending pending = null;
        for (String line : said) {
            if (line.startsWith("BEGIN ")) {
                String[] words = line.split(" ", -1);
                pending = new Pending(words[1], words[2], Long.parseLong(words[3]));
            } else if (line.equals("DONE") && pending != null) {
                model.apply(pending);
                pending = null;
            }
        }
        Model after = model.copy();
        if (pending != null) {
            after.apply(pending);
        }
        shelf.owner();
        String which = "%s, pending=%s".formatted(what, pending);
        compare(shelf, model.shelf(), after.shelf(), new ArrayList<>(shelf.keys()), which);
        ColdTier kept = shelf.owner().directoryTier(CrashChild.kept(shelf));
        List<String> persisted = kept.names();
        shelf.owner().deleteAll();
        for (String key : persisted) {
            ParquetFolder foreign = ParquetFolder.of(CrashChild.kept(shelf), key);
            if (shelf.owner().load(key, TestShelf.key(key), PutOptions.DEFAULT, kept) == null) {
                shelf.putSmall(key, Files.readAllBytes(foreign.file()));
            }
        }
        compare(shelf, model.persisted(), after.persisted(), persisted, which + ", persisted");
        shelf.checkInvariants();
        assertThat(shelf.owner().status().warnings()).as(what).isEmpty();
    }

    private static Object lines(byte @Nullable [] stream) throws IOException {
        return stream == null ? "nothing" : TestShelf.lines(stream);
    }

    private static void compare(
            TestShelf shelf,
            Map<String, byte[]> before,
            Map<String, byte[]> after,
            List<String> found,
            String what)
            throws IOException {
        List<String> keys = new ArrayList<>(found);
        keys.removeIf(key -> key.startsWith("filler"));
        keys.addAll(before.keySet());
        keys.addAll(after.keySet());
        for (String key : keys) {
            List<String> lines = shelf.read(key);
            assertThat(lines == null ? "nothing" : lines)
                    .as("%s, key=%s", what, key)
                    .isIn(lines(before.get(key)), lines(after.get(key)));
        }
    }

    /// What is on the shelf and what was persisted, and of which of that nothing can be loaded
    /// here.
    private record Model(
            Map<String, byte[]> shelf, Map<String, byte[]> persisted, Set<String> foreign) {
        Model copy() {
            return new Model(
                    new TreeMap<>(shelf), new TreeMap<>(persisted), new TreeSet<>(foreign));
        }

        void apply(Pending done) {
            switch (done.what()) {
                case "SMALL" -> shelf.put(done.key(), CrashChild.small(done.seed()));
                case "LARGE" -> shelf.put(done.key(), CrashChild.large(done.seed()));
                case "DELETE" -> shelf.remove(done.key());
                case "CLEAR" -> shelf.clear();
                case "FOREIGN" -> {
                    persisted.put(done.key(), CrashChild.small(done.seed()));
                    foreign.add(done.key());
                }
                case "PERSIST" -> {
                    if (copy(shelf, persisted, done.key())) {
                        foreign.remove(done.key());
                    }
                }
                case "LOAD" -> {
                    if (!foreign.contains(done.key())) {
                        copy(persisted, shelf, done.key());
                    }
                }
                default -> throw new AssertionError("child says something unknown: " + done);
            }
        }

        private static boolean copy(Map<String, byte[]> from, Map<String, byte[]> to, String key) {
            byte[] table = from.get(key);
            if (table != null) {
                to.put(key, table);
            }
            return table != null;
        }
    }
}
