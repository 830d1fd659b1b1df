package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A shelf whose spill directory lies on a file system that fills up, or may not be written any
/// more: a real one, mounted in a namespace of the child's own.
final class SpillFaultsIT {
    private static final String MOUNT =
            "mkdir -p \"$1\" && mount -t tmpfs -o size=6m,mode=700 spill \"$1\" && shift && exec \"$@\"";

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    @ParameterizedTest
    @EnumSource
    void keepsEveryTableWhenTheSpillDirectoryFails(SpillFaultChild.Fault fault)
            throws IOException, InterruptedException {
        Optional<List<String>> separate = ownMounts();
        assumeThat(separate).as("a command that may mount").isPresent();
        Files.createDirectories(temporary.scratch());
        Path disk = temporary.scratch().resolve("small");
        List<String> launcher = new ArrayList<>(separate.orElseThrow());
        launcher.addAll(List.of("sh", "-ec", MOUNT, "sh", disk.toString()));
        try (ChildJvm child =
                ChildJvm.startBehind(
                        launcher,
                        SpillFaultChild.class,
                        temporary.directory().toString(),
                        disk.toString(),
                        fault.name())) {
            child.await("all is well");
            assertThat(child.awaitEnd()).isZero();
        }
    }

    private static Optional<List<String>> ownMounts() throws IOException, InterruptedException {
        for (List<String> command :
                List.of(
                        List.of("unshare", "--mount"),
                        List.of("unshare", "--user", "--map-root-user", "--mount"))) {
            List<String> attempt = new ArrayList<>(command);
            attempt.addAll(List.of("mount", "-t", "tmpfs", "none", "/mnt"));
            Process process =
                    new ProcessBuilder(attempt)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            if (process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0) {
                return Optional.of(command);
            }
        }
        return Optional.empty();
    }
}
