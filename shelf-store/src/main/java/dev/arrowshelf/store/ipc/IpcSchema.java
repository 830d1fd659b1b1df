package dev.arrowshelf.store.ipc;

import dev.arrowshelf.store.ipc.metadata.DictionaryLayout;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.SequencedSet;

/// A checked Arrow schema: the schema message's metadata (a private copy, metadata version V5) and
/// the tree of its fields. Immutable; safe to share between threads.
public final class IpcSchema {
    private final SchemaMetadata tree;

    private IpcSchema(SchemaMetadata tree) {
        this.tree = tree;
    }

    /// Checks the metadata of a schema message and takes a copy of it.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException INVALID_IPC when it is damaged,
    ///   UNSUPPORTED_IPC for big-endian schemas, versions before V4, V4 with unions, and types this
    ///   version does not know
    public static IpcSchema parse(MemorySegment metadata) {
        return new IpcSchema(SchemaMetadata.parse(metadata));
    }

    /// Returns the metadata of the schema message as it is stored, read-only.
    public MemorySegment metadata() {
        return MemorySegment.ofArray(tree.bytes().array()).asReadOnly();
    }

    /// Returns the number of top-level columns.
    public int columns() {
        return tree.columns().size();
    }

    /// Returns the ids of all dictionaries, each after those that its own values refer to.
    public SequencedSet<Long> dictionaryIds() {
        SequencedSet<Long> ids = new LinkedHashSet<>();
        for (DictionaryLayout dictionary : tree.dictionaries()) {
            ids.add(dictionary.id());
        }
        return ids;
    }

    /// Returns whether both have the same metadata, byte for byte.
    public boolean sameAs(IpcSchema other) {
        return Arrays.equals(tree.bytes().array(), other.tree.bytes().array());
    }

    /// Returns the field tree.
    SchemaMetadata tree() {
        return tree;
    }
}
