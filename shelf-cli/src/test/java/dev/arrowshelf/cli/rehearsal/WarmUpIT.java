package dev.arrowshelf.cli.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.testkit.Deadline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The rehearsal of a daemon, without the daemon.
final class WarmUpIT {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    @Test
    void endsByItselfAndLeavesNothing() throws IOException {
        AtomicLong looks = new AtomicLong();
        try (WarmUp warmUp = WarmUp.create(() -> looks.incrementAndGet() * 0)) {
            warmUp.start();
            Deadline.ofSeconds(60).await("the rehearsal to work", () -> looks.get() > 3_000);
            Deadline.ofSeconds(60).await("the rehearsal to end", () -> own().isEmpty());
        }
        assertThat(own()).isEmpty();
    }

    @Test
    void standsBackWhileClientsAskAndEndsWhenTold() throws IOException {
        AtomicLong requests = new AtomicLong();
        try (WarmUp warmUp = WarmUp.create(requests::incrementAndGet)) {
            warmUp.start();
            Deadline.ofSeconds(60).await("the rehearsal to look", () -> requests.get() > 1);
            assertThat(own()).hasSize(1);
        }
        assertThat(own()).isEmpty();
    }

    @Test
    void oneThatWasNeverBegunEndsAtOnce() {
        WarmUp warmUp = WarmUp.create(() -> 0);
        warmUp.close();
        assertThat(own()).isEmpty();
    }

    @Test
    void removesWhatAKilledProcessLeftAndNothingElse() throws IOException, InterruptedException {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();
        Path dead = left(process.pid());
        Path alive = left(ProcessHandle.current().pid());
        Path made = RehearsalDirectory.create();
        try {
            assertThat(dead).doesNotExist();
            assertThat(alive).exists();
            assertThat(Files.getPosixFilePermissions(made)).hasSize(3);
        } finally {
            RehearsalDirectory.remove(alive);
            RehearsalDirectory.remove(made);
        }
    }

    private static Path left(long pid) throws IOException {
        Path directory = SHARED_MEMORY.resolve("arrowshelf-rehearsal-" + pid + "-7");
        Files.createDirectories(directory.resolve("tmp"));
        Files.writeString(directory.resolve("tmp").resolve("file"), "left");
        return directory;
    }

    private static List<Path> own() {
        String prefix = "arrowshelf-rehearsal-" + ProcessHandle.current().pid() + "-";
        try (Stream<Path> files = Files.list(SHARED_MEMORY)) {
            return files.filter(file -> file.getFileName().toString().startsWith(prefix)).toList();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
