package dev.arrowshelf.store.ipc;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the messages of an Arrow IPC stream from a channel: metadata to the heap, each body to where the caller wants it.
/// Does not own the channel. Not safe for use by several threads at once.
public final class IpcStreamReader {
    /// Reads from the channel's present position.
    public IpcStreamReader(ReadableByteChannel channel) {
        throw new UnsupportedOperationException();
    }

    /// Returns the next message, or null at the end of the stream. What was not read of the message before is skipped.
    public @Nullable IpcMessage next() throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Reads the whole body of the message that [#next] returned last.
    public void readBody(MemorySegment target) throws IOException {
        throw new UnsupportedOperationException();
    }

    /// Reads the body of the message that [#next] returned last straight into its places in a segment.
    ///
    /// @param ranges what [SegmentComposer#add] answered for the message, none of them encoded
    /// @param sourcePosition the position that was given to it
    /// @param segment the mapped segment
    public void readBody(List<CopyRange> ranges, long sourcePosition, MemorySegment segment) throws IOException {
        throw new UnsupportedOperationException();
    }
}
