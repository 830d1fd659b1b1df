package dev.arrowshelf.redis.process;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/// Finds a `redis-server`: the one on the PATH, else one that comes with this program.
final class RedisBinary {
    private static final Map<String, String> BUNDLED =
            Map.of(
                    "amd64", "/redis-server-6.2.6-v5-linux-amd64",
                    "aarch64", "/redis-server-6.2.7-linux-arm64");

    private RedisBinary() {}

    /// Returns a program to start.
    ///
    /// @param directory where a bundled one is unpacked
    static Path find(Path directory) throws IOException {
        String path = System.getenv().getOrDefault("PATH", "");
        for (String folder : path.split(File.pathSeparator, -1)) {
            Path program = Path.of(folder, "redis-server");
            if (!folder.isEmpty() && Files.isExecutable(program)) {
                return program;
            }
        }
        return unpacked(directory);
    }

    private static Path unpacked(Path directory) throws IOException {
        String machine = System.getProperty("os.arch");
        String resource = BUNDLED.get(machine);
        try (InputStream bytes =
                resource == null ? null : RedisBinary.class.getResourceAsStream(resource)) {
            if (bytes == null) {
                throw new ShelfException(
                        ErrorCode.UNAVAILABLE,
                        "no redis-server on the PATH, and none for this machine in the program: machine="
                                + machine);
            }
            Path program = directory.resolve("redis-server");
            Files.copy(bytes, program);
            Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
            return program;
        }
    }
}
