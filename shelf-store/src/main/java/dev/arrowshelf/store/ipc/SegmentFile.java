package dev.arrowshelf.store.ipc;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// A segment read back through its footer. Borrows the mapped file: metadata are slices of it.
/// Immutable; as safe to share between threads as the memory it was read from.
public final class SegmentFile {
    private SegmentFile() {}

    /// Reads the footer and the head of each message.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException INVALID_IPC when it is no segment
    public static SegmentFile read(MemorySegment file) {
        throw new UnsupportedOperationException();
    }

    /// Returns the schema.
    public IpcSchema schema() {
        throw new UnsupportedOperationException();
    }

    /// Returns the dictionary batches in the order of the footer, inner dictionaries first.
    public List<LocatedMessage> dictionaries() {
        throw new UnsupportedOperationException();
    }

    /// Returns the record batches in order.
    public List<LocatedMessage> batches() {
        throw new UnsupportedOperationException();
    }

    /// Returns the rows of one record batch.
    public long rows(int batch) {
        throw new UnsupportedOperationException();
    }

    /// Returns the rows of all record batches.
    public long rows() {
        throw new UnsupportedOperationException();
    }
}
