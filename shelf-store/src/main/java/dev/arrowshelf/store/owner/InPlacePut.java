package dev.arrowshelf.store.owner;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.Placement;
import dev.arrowshelf.store.model.TableInfo;
import java.nio.file.Path;
import java.util.List;

/// A table that its producer builds inside a file of the shelf: one record batch whose buffers lie at multiples of 64 from [#firstUsableOffset] on.
///
/// Thread-safe, one call at a time. Until [#commit] returns nobody sees the table; [#close] without commit leaves nothing behind.
public final class InPlacePut implements AutoCloseable {
    InPlacePut() {}

    /// Returns the number of this put, never used twice by one owner.
    public long id() {
        throw new UnsupportedOperationException();
    }

    /// Returns the absolute path of the file to map, below `tmp/`.
    public Path file() {
        throw new UnsupportedOperationException();
    }

    /// Returns the length of the file.
    public long bytes() {
        throw new UnsupportedOperationException();
    }

    /// Returns how many bytes from the file's beginning have pages already.
    public long warmBytes() {
        throw new UnsupportedOperationException();
    }

    /// Returns the first offset at which a buffer may lie; the metadata is written before it.
    public long firstUsableOffset() {
        throw new UnsupportedOperationException();
    }

    /// Makes the file long enough for `capacity` bytes from its beginning; it never shrinks.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `OUT_OF_MEMORY`; the put is still good
    public void grow(long capacity) {
        throw new UnsupportedOperationException();
    }

    /// Writes the metadata (schema, one record batch) around the placed buffers, seals and publishes the table.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `UNSUPPORTED_IPC` when the metadata does not fit before the first buffer, `INVALID_IPC`, `ALREADY_EXISTS`
    public TableInfo commit(List<IpcMessage> messages, List<Placement> placements) {
        throw new UnsupportedOperationException();
    }

    /// Gives up a put that was not committed. Does nothing after a commit. Idempotent.
    @Override
    public void close() {}
}
