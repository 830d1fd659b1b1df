package dev.arrowshelf.redis.read;

import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.PutOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Where the batches of a read go. What is not read to its end leaves nothing behind.
public sealed interface ReadTarget permits FileTarget, NowhereTarget, ShelfTarget {
    /// Returns a target that decodes every batch and drops it: for measuring and checking.
    static ReadTarget nowhere() {
        return new NowhereTarget();
    }

    /// Returns a target that writes an Arrow IPC file.
    ///
    /// @param compression what batches are given; empty: they are written as they come
    static ReadTarget file(Path path, Optional<Compression> compression) {
        return new FileTarget(path, compression);
    }

    /// Returns a target that puts a table on a shelf.
    static ReadTarget shelf(Shelf shelf, String name, PutOptions options) {
        return new ShelfTarget(shelf, name, options);
    }

    /// Takes all batches.
    void take(DataSetStream stream, ScratchPool pool, Clock clock) throws IOException;
}
