package dev.arrowshelf.store.ipc;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// Finds the messages of an Arrow IPC stream or file in memory. What lies there may be hostile.
public final class IpcScanner {
    private IpcScanner() {}

    /// Returns the messages in order, the schema message first. A file is told by its magic. The messages' metadata are copies on the heap.
    public static List<LocatedMessage> scan(MemorySegment bytes) {
        throw new UnsupportedOperationException();
    }
}
