package dev.arrowshelf.store.catalog;

import dev.arrowshelf.memory.FileHandle;
import java.io.IOException;

/// Where slabs get their files from and where they go: the owner, who charges them to the memory limit.
public interface SlabSupply {
    /// Makes a writable file of that length below `tmp/` with every page present; its content may be anything. Called under the lock of [Slabs].
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `OUT_OF_MEMORY`
    FileHandle create(long bytes) throws IOException;

    /// Takes back a file that did not become a slab, and closes it.
    void abandon(FileHandle file);

    /// Takes the file of a slab, by now in its place, over from the handle, which it closes.
    void placed(FileHandle file);

    /// Takes a slab out of service that its writer has unmapped; readers may still have it mapped. Called without locks.
    void retire(long slab, long bytes);
}
