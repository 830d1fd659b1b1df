package dev.arrowshelf.store.catalog;

import dev.arrowshelf.memory.FileHandle;
import java.io.IOException;
import java.nio.file.Path;

/// Where slabs get their files from and where they go: the owner, who charges them to the memory
/// limit.
public interface SlabSupply {
    /// Makes a writable file of that length below `tmp/`, every page present. Called without the
    /// monitor of [Slabs].
    ///
    /// @param patient whether to wait for room
    /// @throws dev.arrowshelf.store.model.ShelfException `OUT_OF_MEMORY`
    Raw create(long bytes, boolean patient) throws IOException;

    /// Takes back a file that did not become a slab, and closes it.
    void abandon(Raw file);

    /// Takes the file of a slab, by now in its place, over from the handle, which it closes.
    void placed(Raw file);

    /// A file that is to become a slab.
    ///
    /// @param handle open for reading and writing
    /// @param usedBytes bytes from its beginning that hold what was there before; the rest is zero
    record Raw(FileHandle handle, long usedBytes) {}

    /// Takes a slab out of service that its writer has unmapped; readers may still have it mapped.
    /// Called without locks.
    void retire(long slab, long bytes);

    /// Removes the file of a slab on disk that nobody needs any more. Called without locks.
    void removeStored(Path file);
}
