package dev.arrowshelf.store.persist;

import dev.arrowshelf.store.directory.DiskSync;
import dev.arrowshelf.store.publish.CrashPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// The folder of a table that is persisted as one Parquet file (`docs/spec/persisted.md`), which is
/// written and read by rooms that know Parquet.
///
/// One thread at a time for one table. A folder with a manifest belongs to [DirectoryTier].
public final class ParquetFolder {
    static final String FILE = "table.parquet";
    private static final String DRAFT = FILE + ".draft";

    private final Path folder;
    private final DiskSync disk = new DiskSync(true);

    private final CrashPoint crash;

    private ParquetFolder(Path folder, CrashPoint crash) {
        this.folder = folder;
        this.crash = crash;
    }

    /// Writes a Parquet file.
    @FunctionalInterface
    public interface Writer {
        /// Writes the file of this name, which is there when this returns.
        void write(Path draft) throws IOException;
    }

    /// Returns the folder of a key below a directory of persisted tables.
    public static ParquetFolder of(Path directory, String key) {
        return of(directory, key, CrashPoint.NONE);
    }

    /// Returns the same folder.
    ///
    /// @param crash where tests end this process
    public static ParquetFolder of(Path directory, String key, CrashPoint crash) {
        return new ParquetFolder(
                directory.toAbsolutePath().normalize().resolve(FolderName.of(key)), crash);
    }

    /// Returns the Parquet file.
    public Path file() {
        return folder.resolve(FILE);
    }

    /// Returns whether there is one.
    public boolean exists() {
        return Files.isRegularFile(file(), LinkOption.NOFOLLOW_LINKS);
    }

    /// Stores a file in place of what the key has, and waits until it is on the disk. Death before
    /// its draft is renamed, or before the manifest is removed: the old table is there.
    public void store(Writer writer) throws IOException {
        Files.createDirectories(folder);
        Path draft = folder.resolve(DRAFT);
        try {
            writer.write(draft);
            disk.sync(draft);
            crash.reached(CrashPoint.Step.PARQUET_WRITTEN);
            Files.move(draft, file(), StandardCopyOption.ATOMIC_MOVE);
            disk.sync(folder);
            crash.reached(CrashPoint.Step.PARQUET_NAMED);
        } finally {
            Files.deleteIfExists(draft);
        }
        DirectoryTier.removeArrowFiles(folder, crash);
    }
}
