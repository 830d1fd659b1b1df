package dev.arrowshelf.store.persist;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.store.directory.DiskSync;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.publish.CrashPoint;
import dev.arrowshelf.store.spill.StoredBytes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Tables in a directory of files, a folder each: Arrow files, and `manifest` written last
/// (`docs/spec/persisted.md`).
///
/// Thread-safe for different names; one thread at a time for one. Files of others in the directory
/// are never touched. A folder may hold `table.parquet` instead, which clients write and read: it
/// is named and removed here, and nothing more.
public final class DirectoryTier implements ColdTier {
    private static final String MANIFEST = "manifest";
    private static final String DRAFT = ".draft";
    private static final Pattern OURS =
            Pattern.compile(
                    "([0-9a-f]{16}-[0-9a-f]{8}\\.arrow(\\.lz4|\\.zst)?|manifest|table\\.parquet)(\\.draft)?");
    private static final int MOST_MANIFEST_BYTES = 1 << 30;

    private final Path directory;
    private final SpillCodec codec;
    private final int level;
    private final DiskSync disk;
    private final CrashPoint crash;

    /// Works in a directory, which is made when the first table goes there, and waits until what it
    /// stores is on the disk.
    ///
    /// @param level of Zstandard
    public DirectoryTier(Path directory, SpillCodec codec, int level) {
        this(directory, codec, level, true, CrashPoint.NONE);
    }

    /// Works in a directory.
    ///
    /// @param durable whether a table that was stored outlives the machine's sudden end; otherwise
    ///   only this process's. What such an end cut short is found by its checksums
    /// @param crash where tests end this process
    public DirectoryTier(
            Path directory, SpillCodec codec, int level, boolean durable, CrashPoint crash) {
        this.directory = directory.toAbsolutePath().normalize();
        this.codec = codec;
        this.level = level;
        this.disk = new DiskSync(durable);
        this.crash = crash;
    }

    private Path folder(String name) {
        return directory.resolve(FolderName.of(name));
    }

    private static String fileName(long generation, int partition) {
        return "%016x-%08x.arrow".formatted(generation, partition);
    }

    /// Death before the manifest is renamed: the old table is still there, and files that the next
    /// store removes. After it: the new one.
    @Override
    public void store(OutgoingTable table) throws IOException {
        Path folder = folder(table.name());
        Files.createDirectories(folder);
        List<String> written = new ArrayList<>();
        try {
            int number = 0;
            for (MemorySegment partition : table.partitions()) {
                String name = fileName(table.generation(), number++) + codec.suffix();
                writeFile(folder, name, partition);
                written.add(name);
            }
            crash.reached(CrashPoint.Step.PERSIST_PARTS_NAMED);
            writeManifest(folder, table);
        } catch (IOException | RuntimeException failure) {
            removeDrafts(folder, failure);
            throw failure;
        }
        removeOthers(folder, written);
    }

    /// A file of that name is there when this generation was persisted before: its bytes are the
    /// same, and it is replaced in one step.
    private void writeFile(Path folder, String name, MemorySegment partition) throws IOException {
        Path draft = folder.resolve(name + DRAFT);
        Files.deleteIfExists(draft);
        try (FileHandle handle = FileHandle.create(draft, 0600)) {
            StoredBytes.writeChecked(handle, partition, codec, level);
        }
        disk.sync(draft);
        crash.reached(CrashPoint.Step.PERSIST_PART_WRITTEN);
        Files.move(draft, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    private static void removeDrafts(Path folder, Exception failure) {
        try {
            for (Path file : ours(folder)) {
                if (String.valueOf(file.getFileName()).endsWith(DRAFT)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException second) {
            failure.addSuppressed(second);
        }
    }

    private void writeManifest(Path folder, OutgoingTable table) throws IOException {
        Path draft = folder.resolve(MANIFEST + DRAFT);
        Files.write(draft, table.manifest());
        disk.sync(draft);
        crash.reached(CrashPoint.Step.PERSIST_MANIFEST_WRITTEN);
        Files.move(draft, folder.resolve(MANIFEST), StandardCopyOption.ATOMIC_MOVE);
        disk.sync(folder);
        crash.reached(CrashPoint.Step.PERSIST_MANIFEST_NAMED);
    }

    private static void removeOthers(Path folder, List<String> kept) throws IOException {
        for (Path file : ours(folder)) {
            String name = String.valueOf(file.getFileName());
            if (!kept.contains(name) && !name.equals(MANIFEST)) {
                Files.deleteIfExists(file);
            }
        }
    }

    /// Removes what a Parquet file takes the place of, the manifest first.
    static void removeArrowFiles(Path folder, CrashPoint crash) throws IOException {
        Files.deleteIfExists(folder.resolve(MANIFEST));
        crash.reached(CrashPoint.Step.PARQUET_ALONE);
        for (Path file : ours(folder)) {
            if (!String.valueOf(file.getFileName()).startsWith(ParquetFolder.FILE)) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static List<Path> ours(Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                if (OURS.matcher(String.valueOf(entry.getFileName())).matches()) {
                    files.add(entry);
                }
            }
        } catch (NoSuchFileException _) { // no such table
            return files;
        }
        return files;
    }

    @Override
    public @Nullable IncomingTable fetch(String name) throws IOException {
        Path folder = folder(name);
        byte[] manifest;
        try {
            manifest = manifest(folder);
        } catch (NoSuchFileException _) { // a miss
            return null;
        }
        return new Stored(folder, manifest);
    }

    private static byte[] manifest(Path folder) throws IOException {
        Path path = folder.resolve(MANIFEST);
        if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                && Files.size(path) > MOST_MANIFEST_BYTES) {
            throw new ShelfException(ErrorCode.CORRUPT, "manifest is too long: path=" + path);
        }
        return Files.readAllBytes(path);
    }

    @Override
    public boolean remove(String name) throws IOException {
        Path folder = folder(name);
        boolean arrow = Files.deleteIfExists(folder.resolve(MANIFEST));
        boolean existed = Files.deleteIfExists(folder.resolve(ParquetFolder.FILE)) || arrow;
        for (Path file : ours(folder)) {
            Files.deleteIfExists(file);
        }
        if (existed) {
            removeIfEmpty(folder);
        }
        return existed;
    }

    private static void removeIfEmpty(Path folder) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            if (entries.iterator().hasNext()) {
                return;
            }
        }
        Files.deleteIfExists(folder);
    }

    @Override
    public List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (Files.isRegularFile(entry.resolve(MANIFEST), LinkOption.NOFOLLOW_LINKS)) {
                    names.add(TableTransfer.nameIn(manifest(entry)));
                } else if (Files.isRegularFile(
                        entry.resolve(ParquetFolder.FILE), LinkOption.NOFOLLOW_LINKS)) {
                    FolderName.key(String.valueOf(entry.getFileName())).ifPresent(names::add);
                }
            }
        } catch (NoSuchFileException _) { // nothing was stored yet
            return names;
        }
        return names;
    }

    @Override
    public void close() {
        // files are closed where they are used
    }

    private record StoredFile(Path path, SpillCodec codec) {}

    private static final class Stored implements IncomingTable {
        private final Path folder;
        private final byte[] manifest;

        Stored(Path folder, byte[] manifest) {
            this.folder = folder;
            this.manifest = manifest;
        }

        @Override
        public byte[] manifest() {
            return manifest;
        }

        @Override
        public void read(List<Part> parts) throws IOException {
            for (int partition = 0; partition < parts.size(); partition++) {
                Part part = parts.get(partition);
                StoredFile stored = find(partition);
                try (FileHandle file = FileHandle.openReadOnly(stored.path())) {
                    StoredBytes.read(
                            file, part.bytes(), stored.codec(), part.crc(), part.landing());
                }
                part.landing().done();
            }
        }

        private StoredFile find(int partition) {
            String name = fileName(TableTransfer.generationIn(manifest), partition);
            for (SpillCodec codec : SpillCodec.values()) {
                Path path = folder.resolve(name + codec.suffix());
                if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
                    return new StoredFile(path, codec);
                }
            }
            throw new ShelfException(
                    ErrorCode.CORRUPT,
                    "partition of a persisted table is missing: file=" + folder.resolve(name));
        }

        @Override
        public void close() {
            // nothing is held between reads
        }
    }
}
