package dev.arrowshelf.store.owner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.publish.CrashPoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// An owner that dies between any two steps of a change loses nothing that was answered, and leaves
/// nothing half done.
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
            case RESTORE_SEALED, RESTORE_RENAMED, RESTORE_SHOWN -> 3;
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
        Map<String, byte[]> model = new TreeMap<>();
        Pending pending = null;
        for (String line : said) {
            if (line.startsWith("BEGIN ")) {
                String[] words = line.split(" ", -1);
                pending = new Pending(words[1], words[2], Long.parseLong(words[3]));
            } else if (line.equals("DONE") && pending != null) {
                apply(model, pending);
                pending = null;
            }
        }
        Map<String, byte[]> after = new TreeMap<>(model);
        if (pending != null) {
            apply(after, pending);
        }
        shelf.owner();
        List<String> keys = new ArrayList<>(shelf.keys());
        keys.removeIf(key -> key.startsWith("filler"));
        keys.addAll(model.keySet());
        keys.addAll(after.keySet());
        for (String key : keys) {
            List<String> lines = shelf.read(key);
            assertThat(lines == null ? "nothing" : lines)
                    .as("%s, key=%s, pending=%s", what, key, pending)
                    .isIn(lines(model.get(key)), lines(after.get(key)));
        }
        shelf.checkInvariants();
        assertThat(shelf.owner().status().warnings()).as(what).isEmpty();
    }

    private static Object lines(byte @Nullable [] stream) throws IOException {
        return stream == null ? "nothing" : TestShelf.lines(stream);
    }

    private static void apply(Map<String, byte[]> model, Pending done) {
        switch (done.what()) {
            case "SMALL" -> model.put(done.key(), CrashChild.small(done.seed()));
            case "LARGE" -> model.put(done.key(), CrashChild.large(done.seed()));
            case "DELETE" -> model.remove(done.key());
            case "CLEAR" -> model.clear();
            default -> throw new AssertionError("child says something unknown: " + done);
        }
    }
}
