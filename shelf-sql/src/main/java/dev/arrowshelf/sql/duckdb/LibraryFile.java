package dev.arrowshelf.sql.duckdb;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.CodeSource;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds the file of DuckDB's library: the one that a property names; the one that lies beside this
/// module's jar, as in our distribution; or the copy of the resource in DuckDB's jar that this
/// user's cache directory keeps, made when it is missing.
///
/// The resource is 70 MB and takes a second to unpack, so a process should find it done. The name
/// carries size and checksum of the resource; the directory belongs to this user alone.
final class LibraryFile {
    private static final String PROPERTY = "arrowshelf.duckdb.library";
    private static final Set<PosixFilePermission> OTHERS_WRITE =
            PosixFilePermissions.fromString("----w--w-");

    private LibraryFile() {}

    static Path locate() throws IOException {
        String given = System.getProperty(PROPERTY);
        if (given != null) {
            return Path.of(given).toAbsolutePath();
        }
        String resource = resource();
        Path beside = besideOwnJar(resource);
        if (beside != null) {
            return beside;
        }
        URL url = LibraryFile.class.getClassLoader().getResource(resource);
        if (url == null) {
            throw new LibraryException(
                    "DuckDB's jar has no library for this system: resource=" + resource);
        }
        URLConnection connection = url.openConnection();
        long crc =
                connection instanceof JarURLConnection jar
                        ? jar.getJarEntry().getCrc()
                        : connection.getLastModified();
        long bytes = connection.getContentLengthLong();
        Path directory = cacheDirectory();
        Path file =
                directory.resolve(
                        "duckdb-%s-%s-%08x.so".formatted(DuckDbLibrary.VERSION, bytes, crc));
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) != bytes) {
            unpack(connection, file);
        }
        return file;
    }

    private static @Nullable Path besideOwnJar(String name) {
        try {
            CodeSource source = LibraryFile.class.getProtectionDomain().getCodeSource();
            if (source == null) {
                return null;
            }
            Path beside = Path.of(source.getLocation().toURI()).resolveSibling(name);
            return Files.isRegularFile(beside) ? beside : null;
        } catch (URISyntaxException | FileSystemNotFoundException _) {
            return null;
        }
    }

    private static String resource() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String machine = System.getProperty("os.arch", "");
        String processor = machine.equals("aarch64") ? "arm64" : "amd64";
        return "libduckdb_java.so_"
                + (system.contains("linux") ? "linux" : system)
                + "_"
                + processor;
    }

    private static Path cacheDirectory() throws IOException {
        String configured = System.getenv("XDG_CACHE_HOME");
        Path base =
                configured == null || configured.isBlank()
                        ? Path.of(System.getProperty("user.home"), ".cache")
                        : Path.of(configured);
        Path directory = base.resolve("arrowshelf");
        try {
            Files.createDirectories(
                    directory,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            if (isOurs(directory) && Files.isWritable(directory)) {
                return directory;
            }
        } catch (IOException _) {
            // no home directory, or a read-only one: a directory of this process has to do
        }
        Path temporary = Files.createTempDirectory("arrowshelf-duckdb-");
        temporary.toFile().deleteOnExit();
        return temporary;
    }

    /// Whoever can write to the directory chooses the code that this process runs.
    private static boolean isOurs(Path directory) throws IOException {
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(directory);
        return Files.getOwner(directory).getName().equals(System.getProperty("user.name"))
                && OTHERS_WRITE.stream().noneMatch(permissions::contains);
    }

    private static void unpack(URLConnection connection, Path file) throws IOException {
        Path parent = file.toAbsolutePath().getParent();
        Path draft = Files.createTempFile(parent, "unpacking-", ".so");
        try {
            try (InputStream resource = connection.getInputStream()) {
                Files.copy(resource, draft, StandardCopyOption.REPLACE_EXISTING);
            }
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException _) {
            Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(draft);
        }
        if (parent != null && parent.getFileName().toString().startsWith("arrowshelf-duckdb-")) {
            file.toFile().deleteOnExit();
        }
    }
}
