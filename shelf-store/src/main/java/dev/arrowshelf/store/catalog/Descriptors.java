package dev.arrowshelf.store.catalog;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.store.directory.DiskSync;
import dev.arrowshelf.store.directory.ShelfDirectory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// Writes, reads and removes the descriptor files of a shelf. Stateless but for its directory; any
/// thread may use it.
public final class Descriptors {
    private static final int SEALED = 0400;

    private final ShelfDirectory directory;
    private final DiskSync disk;

    /// Works in the `tables/` of a shelf directory.
    public Descriptors(ShelfDirectory directory, DiskSync disk) {
        this.directory = directory;
        this.disk = disk;
    }

    /// Returns the bytes of a descriptor, which may lie anywhere.
    public static byte[] encode(Descriptor descriptor) {
        return DescriptorLayout.encode(descriptor);
    }

    /// Reads the bytes of a descriptor; safe on any bytes.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT`
    public static Descriptor decode(byte[] bytes) {
        return DescriptorLayout.decode(bytes);
    }

    /// Writes a descriptor to `tmp/`. Death from here on until [#publish]: the draft is swept at
    /// start, the segments are orphans and go with it.
    ///
    /// @return bytes of the file
    /// @throws dev.arrowshelf.memory.NoSpaceException when the file system is full; the draft is
    ///   gone then
    public long draft(Descriptor descriptor) throws IOException {
        byte[] bytes = DescriptorLayout.encode(descriptor);
        Path draft = directory.descriptorDraft(descriptor.generation());
        Files.deleteIfExists(draft); // of a change that failed before
        try (FileHandle file = FileHandle.create(draft, SEALED)) {
            file.write(MemorySegment.ofArray(bytes), 0);
            disk.sync(draft);
        } catch (IOException | RuntimeException failure) {
            Files.deleteIfExists(draft);
            throw failure;
        }
        return bytes.length;
    }

    /// Renames the draft into place. The table counts as put from then on, also after a crash.
    public void publish(long generation) throws IOException {
        Files.move(
                directory.descriptorDraft(generation),
                directory.descriptor(generation),
                StandardCopyOption.ATOMIC_MOVE);
        disk.sync(directory.tables());
    }

    /// Removes a draft that was not published.
    public void discard(long generation) throws IOException {
        Files.deleteIfExists(directory.descriptorDraft(generation));
    }

    /// Removes a descriptor. From then on the table is gone, also after a crash: its segments are
    /// orphans.
    public void remove(long generation) throws IOException {
        if (Files.deleteIfExists(directory.descriptor(generation))) {
            disk.sync(directory.tables());
        }
    }

    /// Reads a descriptor.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT` when its bytes do not fit
    public Descriptor read(long generation) throws IOException {
        return read(directory.descriptor(generation), generation);
    }

    /// Reads the descriptor of a generation where it lies in some shelf's `tables/`.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT` when its bytes do not fit
    public static Descriptor read(Path path, long generation) throws IOException {
        byte[] bytes;
        try (FileHandle file = FileHandle.openReadOnly(path)) {
            long size = file.size();
            if (size > DescriptorLayout.LIMIT_BYTES) {
                throw Damage.of("descriptor is too long: path=%s, bytes=%d", path, size);
            }
            bytes = new byte[(int) size];
            long count = file.read(MemorySegment.ofArray(bytes), 0);
            if (count != size) {
                throw Damage.of(
                        "descriptor ends early: path=%s, bytes=%d, read=%d", path, size, count);
            }
        }
        Descriptor descriptor = DescriptorLayout.decode(bytes);
        if (descriptor.generation() != generation) {
            throw Damage.of(
                    "descriptor names another generation: path=%s, generation=%016x",
                    path, descriptor.generation());
        }
        return descriptor;
    }
}
