package dev.arrowshelf.memory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A tmpfs of a few megabytes that a test may fill to the last page.
///
/// Mounting needs rights that not every machine gives; a test that cannot have one says so and
/// checks nothing.
public final class SmallTmpfs implements AutoCloseable {
    private final Path directory;

    private SmallTmpfs(Path directory) {
        this.directory = directory;
    }

    /// Mounts one of that size, or tells on standard output why it cannot.
    public static Optional<SmallTmpfs> mount(long megabytes)
            throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("arrowshelf-small-tmpfs-");
        Process mount =
                new ProcessBuilder(
                                "mount",
                                "-t",
                                "tmpfs",
                                "-o",
                                "size=" + megabytes + "m,mode=0700",
                                "tmpfs",
                                directory.toString())
                        .redirectErrorStream(true)
                        .start();
        String answer = new String(mount.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (mount.waitFor() == 0) {
            return Optional.of(new SmallTmpfs(directory));
        }
        Files.delete(directory);
        System.out.println(
                "A full tmpfs is not tested here, mounting one is not permitted: "
                        + answer.strip());
        return Optional.empty();
    }

    /// Where it is mounted.
    public Path directory() {
        return directory;
    }

    @Override
    public void close() throws IOException {
        try {
            Process unmount =
                    new ProcessBuilder("umount", "-l", directory.toString()).inheritIO().start();
            if (unmount.waitFor() != 0) {
                throw new IOException("cannot unmount: directory=" + directory);
            }
            Files.delete(directory);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(interrupted);
        }
    }
}
