package dev.arrowshelf.store.ipc;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Plans one segment: takes the messages of a table one after the other, checks their structure, gives each buffer its place,
/// and at the end writes the metadata around the buffers. Does no I/O but in [#writeMetadata].
///
/// Not safe for use by several threads at once.
public final class SegmentComposer {
    /// Begins an empty segment.
    public SegmentComposer(IpcSchema schema) {
        throw new UnsupportedOperationException();
    }

    /// Begins the segment of the following partition. It owes the dictionaries of this one: see [#owed].
    public SegmentComposer next() {
        throw new UnsupportedOperationException();
    }

    /// Returns an upper bound of the bytes that precede the body of a table's single record batch.
    public static long firstUsableOffset(IpcSchema schema) {
        throw new UnsupportedOperationException();
    }

    /// Returns the schema of the segment.
    public IpcSchema schema() {
        throw new UnsupportedOperationException();
    }

    /// Returns whether the message can be added here; false for a dictionary that replaces one: it begins a new partition.
    public boolean accepts(IpcMessage message) {
        throw new UnsupportedOperationException();
    }

    /// Returns the rows of a record batch message, 0 for a dictionary batch.
    public long rowsOf(IpcMessage message) {
        throw new UnsupportedOperationException();
    }

    /// Returns [#contentBytes] as it would be after adding the message and the dictionaries owed for it.
    public long bytesWith(IpcMessage message) {
        throw new UnsupportedOperationException();
    }

    /// The same for a message whose body may be compressed.
    public long bytesWith(IpcMessage message, MemorySegment body) {
        throw new UnsupportedOperationException();
    }

    /// Returns the dictionaries of earlier partitions that must be added, in this order, before the message is.
    public List<CarriedDictionary> owed(IpcMessage message) {
        throw new UnsupportedOperationException();
    }

    /// Adds a dictionary batch or record batch and returns what must be copied where.
    ///
    /// @param sourcePosition where the message's body begins among the body bytes of the request
    public List<CopyRange> add(IpcMessage message, long sourcePosition) {
        throw new UnsupportedOperationException();
    }

    /// The same for a message whose body may be compressed: the decoded lengths are read from it.
    public List<CopyRange> add(IpcMessage message, long sourcePosition, MemorySegment body) {
        throw new UnsupportedOperationException();
    }

    /// Adds the single record batch of a table whose buffers lie in the file already.
    public void addPlaced(IpcMessage message, List<Placement> placements) {
        throw new UnsupportedOperationException();
    }

    /// Returns the bytes of the segment when nothing more is added: with end of stream and footer, without a gap.
    public long contentBytes() {
        throw new UnsupportedOperationException();
    }

    /// Returns the rows of all record batches.
    public long rows() {
        throw new UnsupportedOperationException();
    }

    /// Returns the number of record batches.
    public int batches() {
        throw new UnsupportedOperationException();
    }

    /// Writes everything but the buffers: message headers, zeroes between buffers, end of stream, gap, and the footer at the end.
    ///
    /// @param fileBytes length of the file, at least [#contentBytes]
    public void writeMetadata(SegmentOutput out, long fileBytes) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Checks that the file still holds the metadata that [#writeMetadata] wrote for a file of this length.
    public void verify(MemorySegment file) {
        throw new UnsupportedOperationException();
    }
}
