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
    private final IpcFeed feed;

    IncomingTable(PutRun run, IpcFeed feed) {
        this.run = run;
        this.feed = feed;
    }

    /// Adds a message and returns where the bytes of its body are to be written; all of them,
    /// before anything else is done here. May wait for memory.
    ///
    /// @return null when the body has to be given whole, by [#add]: the table may stay small, the
    ///   body is compressed, or the batch is larger than a partition may be
    public @Nullable BodyPlace begin(IpcMessage message) {
        PutRun.@Nullable Destination place = feed.begin(message);
        return place == null ? null : new BodyPlace(place.ranges(), place.file());
    }

    /// Adds a message and its body, which is not needed any more when this returns.
    public void add(IpcMessage message, MemorySegment body) {
        feed.add(message, body);
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
