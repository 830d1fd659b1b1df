package dev.arrowshelf.store.directory;

import dev.arrowshelf.store.directory.ShelfFileName.Kind;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// The places in a shelf directory, and the directory's own making and removal. Immutable; any
/// thread may use it.
public final class ShelfDirectory {
    private static final Set<PosixFilePermission> PRIVATE =
            PosixFilePermissions.fromString("rwx------");
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_ATTRIBUTE =
            PosixFilePermissions.asFileAttribute(PRIVATE);
    private static final List<String> SUBDIRECTORIES = List.of("tables", "segments", "pool", "tmp");
    private static final String QUARANTINE = "quarantine";
    private static final String SPILL = "spill";
    private static final List<String> FILES =
            List.of("control", "access", "shelf.sock", "owner.lock", "tier");

    private final Path root;
    private final Path tables;
    private final Path segments;
    private final Path pool;
    private final Path tmp;

    private ShelfDirectory(Path root) {
        this.root = root;
        this.tables = root.resolve("tables");
        this.segments = root.resolve("segments");
        this.pool = root.resolve("pool");
        this.tmp = root.resolve("tmp");
    }

    /// Makes the directory with mode 0700, its missing parents too, and its subdirectories; takes
    /// an existing shelf as it is.
    ///
    /// @throws ShelfException `FORBIDDEN` when a part belongs to another user or is no directory,
    ///   `INVALID_ARGUMENT` when the directory holds other things than a shelf
    public static ShelfDirectory create(Path path) throws IOException {
        Path root = path.toAbsolutePath().normalize();
        makeParents(root);
        boolean made = make(root);
        if (!made) {
            requireOwnDirectory(root);
            requireShelfOrEmpty(root);
            Files.setPosixFilePermissions(root, PRIVATE);
        }
        for (String name : SUBDIRECTORIES) {
            Path directory = root.resolve(name);
            if (!make(directory)) {
                requireOwnDirectory(directory);
            }
        }
        return new ShelfDirectory(root);
    }

    private static void makeParents(Path root) throws IOException {
        Path parent = root.getParent();
        if (parent == null || Files.isDirectory(parent)) {
            return;
        }
        makeParents(parent);
        if (!make(parent)) {
            requireOwnDirectory(parent);
        }
    }

    private static boolean make(Path directory) throws IOException {
        try {
            Files.createDirectory(directory, PRIVATE_ATTRIBUTE);
            return true;
        } catch (FileAlreadyExistsException _) { // ours or foreign: the caller looks
            return false;
        }
    }

    private static void requireOwnDirectory(Path directory) throws IOException {
        Map<String, Object> facts =
                Files.readAttributes(directory, "unix:uid,isDirectory", LinkOption.NOFOLLOW_LINKS);
        Object user = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        if (!Boolean.TRUE.equals(facts.get("isDirectory"))) {
            throw new ShelfException(ErrorCode.FORBIDDEN, "not a directory: path=" + directory);
        }
        if (!user.equals(facts.get("uid"))) {
            throw new ShelfException(
                    ErrorCode.FORBIDDEN,
                    "directory belongs to another user: path=%s, uid=%s, ours=%s"
                            .formatted(directory, facts.get("uid"), user));
        }
    }

    private static void requireShelfOrEmpty(Path root) throws IOException {
        if (Files.exists(root.resolve("owner.lock"), LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(root)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                if (!SUBDIRECTORIES.contains(name)
                        && !FILES.contains(name)
                        && !name.equals(QUARANTINE)
                        && !name.equals(SPILL)) {
                    throw new ShelfException(
                            ErrorCode.INVALID_ARGUMENT,
                            "directory holds other things than a shelf: path=%s, entry=%s"
                                    .formatted(root, name));
                }
            }
        }
    }

    /// Returns the directory itself.
    public Path root() {
        return root;
    }

    /// Returns where blanks lie.
    public Path pool() {
        return pool;
    }

    /// Returns where files are written, and where withdrawn ones wait for their readers.
    public Path tmp() {
        return tmp;
    }

    /// Returns the control block.
    public Path control() {
        return root.resolve("control");
    }

    /// Returns a sealed segment.
    public Path segment(long generation, int partition) {
        return segments.resolve(new ShelfFileName(generation, partition, Kind.SEGMENT).text());
    }

    /// Returns a slab.
    public Path slab(long generation) {
        return segments.resolve(new ShelfFileName(generation, 0, Kind.SLAB).text());
    }

    /// Returns a table's descriptor.
    public Path descriptor(long generation) {
        return tables.resolve(new ShelfFileName(generation, 0, Kind.DESCRIPTOR).text());
    }

    /// Returns a descriptor that is being written.
    public Path descriptorDraft(long generation) {
        return tmp.resolve(new ShelfFileName(generation, 0, Kind.DESCRIPTOR).text());
    }

    /// Returns the place of a withdrawn segment (or slab: partition 0).
    public Path dead(long generation, int partition) {
        return tmp.resolve(new ShelfFileName(generation, partition, Kind.DEAD).text());
    }

    /// Returns the bytes of pages of the owner's lock file.
    public long lockFileBytes() {
        return pagesOf(root.resolve("owner.lock"));
    }

    private static long pagesOf(Path file) {
        try {
            return Pages.of(Files.size(file));
        } catch (IOException _) { // not there yet
            return 0;
        }
    }

    public Path tables() {
        return tables;
    }

    /// Returns where sealed segments and slabs lie.
    public Path segments() {
        return segments;
    }

    /// Returns where links to the spill directories lie; made when first needed.
    public Path spill() {
        return root.resolve(SPILL);
    }

    public Path quarantine() {
        return root.resolve(QUARANTINE);
    }

    /// Removes what is no regular file from `pool/`: somebody planted it.
    public void removePlantedBlanks() throws IOException {
        for (String name : names(pool)) {
            if (!Files.isRegularFile(pool.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                discard(pool.resolve(name));
            }
        }
    }

    /// Removes a file or link; a directory, which cannot be ours, is put aside.
    public void discard(Path entry) throws IOException {
        if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
            quarantine(entry);
        } else {
            Files.deleteIfExists(entry);
        }
    }

    /// Moves a file out of service, into `quarantine/`, which is made when first needed.
    public void quarantine(Path file) throws IOException {
        Path directory = quarantine();
        if (!make(directory)) {
            requireOwnDirectory(directory);
        }
        Files.move(file, directory.resolve(String.valueOf(file.getFileName())));
    }

    /// Lists the names in one of the subdirectories, in no order.
    public static List<String> names(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                names.add(String.valueOf(entry.getFileName()));
            }
        } catch (NoSuchFileException _) { // quarantine/ is made when first needed
            return names;
        }
        return names;
    }

    /// Removes the shelf with everything in it, and the parent when it is the empty default one.
    /// Unknown files are left alone, and their directory too.
    public void remove() throws IOException {
        for (String name : SUBDIRECTORIES) {
            removeFlat(root.resolve(name));
        }
        removeFlat(quarantine());
        removeFlat(spill());
        for (String name : FILES) {
            Files.deleteIfExists(root.resolve(name));
        }
        removeIfEmpty(root);
        Path parent = root.getParent();
        if (parent != null && String.valueOf(parent.getFileName()).startsWith("arrowshelf-")) {
            removeIfEmpty(parent);
        }
    }

    private static void removeFlat(Path directory) throws IOException {
        if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        for (String name : names(directory)) {
            if (!Files.isDirectory(directory.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                Files.deleteIfExists(directory.resolve(name));
            }
        }
        removeIfEmpty(directory);
    }

    private static void removeIfEmpty(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            if (entries.findAny().isPresent()) {
                return;
            }
        } catch (UncheckedIOException failure) {
            throw failure.getCause();
        }
        Files.deleteIfExists(directory);
    }
}
