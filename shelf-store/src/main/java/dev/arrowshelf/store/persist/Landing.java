package dev.arrowshelf.store.persist;

import dev.arrowshelf.store.spill.StoredBytes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// Where the bytes of one partition come to lie. Any thread may fill a piece; [#done] comes last.
public interface Landing extends StoredBytes.Target {
    /// Lends the memory of a range, to be filled with the partition's bytes there; valid until
    /// [#done]. Nobody may write to it later.
    @Override
    MemorySegment place(long offset, long bytes) throws IOException;

    @Override
    default void write(MemorySegment bytes, long offset) throws IOException {
        place(offset, bytes.byteSize()).copyFrom(bytes);
    }

    /// Says that all bytes of the partition are in their place.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT`, `INVALID_IPC` when they are not
    ///   what they should be
    default void done() throws IOException {}
}
