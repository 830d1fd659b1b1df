package dev.arrowshelf.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Overlay file systems grant write leases on mapped files: the probe must not believe them.
final class OverlayLeasesIT {
    @TempDir(factory = ShmDirectory.class)
    private Path directory;

    @Test
    void leasesAreOffOnAnOverlay() throws IOException, InterruptedException {
        for (String name : new String[] {"lower", "upper", "work", "merged"}) {
            Files.createDirectory(directory.resolve(name));
        }
        Path merged = directory.resolve("merged");
        String options =
                "lowerdir=%1$s/lower,upperdir=%1$s/upper,workdir=%1$s/work".formatted(directory);
        Process mount =
                new ProcessBuilder(
                                "mount",
                                "-t",
                                "overlay",
                                "overlay",
                                "-o",
                                options,
                                merged.toString())
                        .redirectErrorStream(true)
                        .start();
        String answer = new String(mount.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (mount.waitFor() != 0) {
            System.out.println(
                    "An overlay is not tested here, mounting one is not permitted: "
                            + answer.strip());
            return;
        }
        try {
            DirectoryFeatures features = DirectoryProbe.probe(merged);
            assertThat(features.leases()).isFalse();
            assertThat(features.tmpfs()).isFalse();
        } finally {
            assertThat(new ProcessBuilder("umount", "-l", merged.toString()).start().waitFor())
                    .isZero();
        }
    }
}
