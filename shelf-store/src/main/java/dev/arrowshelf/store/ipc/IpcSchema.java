package dev.arrowshelf.store.ipc;

import java.lang.foreign.MemorySegment;
import java.util.Set;

/// A checked Arrow schema: the schema message's metadata (a private copy, metadata version V5) and the tree of its fields.
/// Immutable; safe to share between threads.
public final class IpcSchema {
    private IpcSchema() {}

    /// Checks the metadata of a schema message and takes a copy of it.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException INVALID_IPC when it is damaged, UNSUPPORTED_IPC for big-endian schemas, versions before
    ///     V4, V4 with unions, and types this version does not know
    public static IpcSchema parse(MemorySegment metadata) {
        throw new UnsupportedOperationException();
    }

    /// Returns the metadata of the schema message as it is stored, read-only.
    public MemorySegment metadata() {
        throw new UnsupportedOperationException();
    }

    /// Returns the number of top-level columns.
    public int columns() {
        throw new UnsupportedOperationException();
    }

    /// Returns the ids of all dictionaries, those nested in other dictionaries included, in the order of their fields.
    public Set<Long> dictionaryIds() {
        throw new UnsupportedOperationException();
    }

    /// Returns whether this is the schema message of a stream of the same table: equal metadata, byte for byte.
    public boolean sameAs(IpcSchema other) {
        throw new UnsupportedOperationException();
    }
}
