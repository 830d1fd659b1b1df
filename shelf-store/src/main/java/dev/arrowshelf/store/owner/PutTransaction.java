package dev.arrowshelf.store.owner;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.TableInfo;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// A put under way: the caller carries out [#plan] and every plan that [#append] answers, lets go of the files, and commits.
///
/// Thread-safe, one call at a time; meant for one writer. Until [#commit] returns nobody sees the table; [#close] without commit leaves nothing behind.
public final class PutTransaction implements AutoCloseable {
    PutTransaction() {}

    /// Returns the number of this put, never used twice by one owner.
    public long id() {
        throw new UnsupportedOperationException();
    }

    /// Returns the plan for the messages that began this put.
    public PutPlan plan() {
        throw new UnsupportedOperationException();
    }

    /// Adds messages (dictionary batches, record batches) and returns where their bodies go. Body bytes are numbered from 0 at the first of these messages.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `INVALID_IPC`, `UNSUPPORTED_IPC`, `OUT_OF_MEMORY`; the put can only be closed then
    public PutPlan append(List<IpcMessage> messages) {
        throw new UnsupportedOperationException();
    }

    /// Adds messages whose bodies may be compressed. Each body is only looked at here (for the decoded lengths); the copies of the answered plan
    /// whose range is encoded decode it on the way. A compressed body given without its bytes is `UNSUPPORTED_IPC`.
    ///
    /// @param bodies one for each message, in order
    public PutPlan append(List<IpcMessage> messages, List<MemorySegment> bodies) {
        throw new UnsupportedOperationException();
    }

    /// Seals and publishes the table. The writer has unmapped the files, or has put read-only mappings over them, and closed its descriptors.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `INVALID_IPC`, `ALREADY_EXISTS`, `OUT_OF_MEMORY`; nothing was published then
    public TableInfo commit() {
        throw new UnsupportedOperationException();
    }

    /// Gives up a put that was not committed: its files are removed. Does nothing after a commit. Idempotent.
    @Override
    public void close() {}
}
