package dev.arrowshelf.store.spill;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.store.directory.DiskSync;
import dev.arrowshelf.store.directory.ShelfFileName;
import dev.arrowshelf.store.model.SpillCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/// One shelf's own folder in one spill directory: `<spill directory>/<shelf id>/`.
///
/// Made when the first partition goes there. The file `shelf` in it names the shelf's directory, so
/// that whoever comes later can tell whether it is anybody's. Any thread may use it; names are
/// never written twice.
final class SpillFolder {
    private static final String MARK = "shelf";
    private static final String DRAFT = ".draft";
    private static final String DAMAGED = ".damaged";
    private static final Pattern FOLDER = Pattern.compile("[0-9a-f]{32}");
    private static final DiskSync DISK = new DiskSync(true);

    private final Path folder;
    private final Path shelf;

    SpillFolder(Path directory, Path shelf, UUID shelfId) {
        this.folder = directory.toAbsolutePath().normalize().resolve(name(shelfId));
        this.shelf = shelf;
    }

    private static String name(UUID id) {
        return id.toString().replace("-", "");
    }

    Path path() {
        return folder;
    }

    Path file(long generation, int partition, SpillCodec codec) {
        return folder.resolve(
                new ShelfFileName(generation, partition, ShelfFileName.Kind.SEGMENT).text()
                        + codec.suffix());
    }

    Path slab(long generation) {
        return folder.resolve(new ShelfFileName(generation, 0, ShelfFileName.Kind.SLAB).text());
    }

    /// Makes the folder, if it is not there, and says whose it is.
    void make() throws IOException {
        if (Files.isRegularFile(folder.resolve(MARK), LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.createDirectories(
                folder,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(folder.resolve(MARK), shelf + "\n", StandardCharsets.UTF_8);
    }

    /// A file being written.
    ///
    /// Death before [#finish]: a draft, removed at the next start.
    FileHandle draft(Path file, int mode) throws IOException {
        Path draft = draftPath(file);
        Files.deleteIfExists(draft);
        return FileHandle.create(draft, mode);
    }

    /// Makes a draft last, and gives it its name.
    void finish(Path file) throws IOException {
        Path draft = draftPath(file);
        DISK.sync(draft);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        DISK.sync(folder);
    }

    static void discard(Path file) throws IOException {
        Files.deleteIfExists(draftPath(file));
    }

    private static Path draftPath(Path file) {
        return file.resolveSibling(file.getFileName() + DRAFT);
    }

    void remove(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    /// Takes a damaged file out of service, and keeps it.
    static void quarantine(Path file) throws IOException {
        try {
            Files.move(
                    file,
                    file.resolveSibling(file.getFileName() + DAMAGED),
                    StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException _) { // removed by hand: as good
            return;
        }
    }

    /// Returns the files of partitions and of slabs, and drafts.
    List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (isOurs(String.valueOf(entry.getFileName()))) {
                    files.add(entry);
                }
            }
        } catch (NoSuchFileException _) { // nothing was ever spilled here
            return files;
        }
        return files;
    }

    private static boolean isOurs(String name) {
        String stem = name.endsWith(DRAFT) ? name.substring(0, name.length() - 6) : name;
        for (SpillCodec codec : SpillCodec.values()) {
            if (!codec.suffix().isEmpty() && stem.endsWith(codec.suffix())) {
                stem = stem.substring(0, stem.length() - codec.suffix().length());
            }
        }
        Optional<ShelfFileName> parsed = ShelfFileName.parse(stem);
        return parsed.isPresent()
                && (parsed.get().kind() == ShelfFileName.Kind.SEGMENT
                        || parsed.get().kind() == ShelfFileName.Kind.SLAB);
    }

    /// Removes the folder with all that is this shelf's in it.
    void removeAll() throws IOException {
        removeOurs(folder);
    }

    private static void removeOurs(Path folder) throws IOException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        boolean foreign = false;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                String stem =
                        name.endsWith(DAMAGED)
                                ? name.substring(0, name.length() - DAMAGED.length())
                                : name;
                if (name.equals(MARK) || isOurs(stem)) {
                    Files.deleteIfExists(entry);
                } else {
                    foreign = true;
                }
            }
        }
        if (!foreign) {
            Files.deleteIfExists(folder);
        }
    }

    /// Removes the folders beside this one whose shelf is no more: its directory is gone, or is
    /// another shelf's now.
    void removeAbandoned() throws IOException {
        Path directory = folder.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                if (!entry.equals(folder)
                        && FOLDER.matcher(name).matches()
                        && Files.isRegularFile(entry.resolve(MARK), LinkOption.NOFOLLOW_LINKS)
                        && !isAlive(entry, name)) {
                    removeOurs(entry);
                }
            }
        }
    }

    private static boolean isAlive(Path entry, String id) throws IOException {
        Path owned = Path.of(Files.readString(entry.resolve(MARK)).strip()).resolve("owner.lock");
        try {
            return Files.readString(owned, StandardCharsets.ISO_8859_1).contains(id);
        } catch (NoSuchFileException _) { // the shelf was removed, or the machine restarted
            return false;
        }
    }
}
