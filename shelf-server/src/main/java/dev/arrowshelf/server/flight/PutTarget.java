package dev.arrowshelf.server.flight;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.table.put.BodyPlace;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Where the messages of a DoPut go, the schema first. One thread at a time; closing before
/// [#finish()] leaves nothing behind.
interface PutTarget extends AutoCloseable {
    /// Returns where the bytes of a message's body go; null when it has to be given whole, by
    /// [#add]. May wait for memory.
    @Nullable BodyPlace begin(IpcMessage message);

    /// Adds a message and its body, which is not needed any more when this returns.
    void add(IpcMessage message, MemorySegment body);

    /// Ends the put and returns what is told to the client: the metadata of a `PutResult`.
    byte[] finish();

    @Override
    void close();
}
