package dev.arrowshelf.store.ipc;

import java.lang.foreign.MemorySegment;

/// A small table laid out for a slab: an Arrow IPC stream with bodies and buffers at multiples of 64, made of a checked stream.
/// Borrows the source stream until [#writeTo] has run.
public final class SlabPayload {
    private SlabPayload() {}

    /// Checks structure and content of a stream or file and plans its payload.
    ///
    /// @param limitBytes where the payload is longer, nothing but its structure is checked and [#fits] is false
    public static SlabPayload compose(MemorySegment stream, boolean validateUtf8, long limitBytes) {
        throw new UnsupportedOperationException();
    }

    /// Returns whether the payload is within the limit it was composed for.
    public boolean fits() {
        throw new UnsupportedOperationException();
    }

    /// Returns the length of the payload.
    public long payloadBytes() {
        throw new UnsupportedOperationException();
    }

    /// Returns the rows of all record batches.
    public long rows() {
        throw new UnsupportedOperationException();
    }

    /// Returns the number of top-level columns.
    public int columns() {
        throw new UnsupportedOperationException();
    }

    /// Returns the schema.
    public IpcSchema schema() {
        throw new UnsupportedOperationException();
    }

    /// Writes all payload bytes, zero padding included, to the begin of the target.
    ///
    /// @throws IllegalStateException when the payload does not fit its limit
    public void writeTo(MemorySegment target) {
        throw new UnsupportedOperationException();
    }
}
