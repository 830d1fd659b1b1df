package dev.arrowshelf.store.table.put;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.TableInfo;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A table whose IPC messages arrive from outside, one after the other, the schema first.
///
/// One thread at a time. Until [#finish()] nobody sees the table; closing before leaves nothing
/// behind.
public final class IncomingTable implements AutoCloseable {
    private final PutRun run;

    IncomingTable(PutRun run) {
        this.run = run;
    }

    /// Adds a message and returns where the bytes of its body are to be written; all of them,
    /// before anything else is done here. May wait for memory.
    ///
    /// @return null when the body has to be given whole, by [#add]: the table may stay small, or
    ///   the body is compressed
    public @Nullable BodyPlace begin(IpcMessage message) {
        PutRun.@Nullable Destination place =
                IpcFeed.isCompressed(message) ? null : run.destination(message);
        return place == null ? null : new BodyPlace(place.ranges(), place.file());
    }

    /// Adds a message and its body, which is not needed any more when this returns.
    public void add(IpcMessage message, MemorySegment body) {
        MessageGroup group = new MessageGroup();
        group.add(message, body, IpcFeed.isCompressed(message));
        run.add(group);
    }

    /// Publishes the table.
    public TableInfo finish() {
        return run.finish();
    }

    @Override
    public void close() {
        run.close();
    }
}
