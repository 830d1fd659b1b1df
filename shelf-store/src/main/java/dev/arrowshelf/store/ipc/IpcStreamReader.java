package dev.arrowshelf.store.ipc;

import dev.arrowshelf.store.ipc.layout.PlacedMessage;
import dev.arrowshelf.store.ipc.metadata.IpcFault;
import dev.arrowshelf.store.ipc.metadata.MessageHead;
import dev.arrowshelf.store.ipc.metadata.MetadataBytes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the messages of an Arrow IPC stream from a channel: metadata to the heap, each body to
/// where the caller wants it. A length is believed only as far as bytes arrive.
///
/// Does not own the channel. Not safe for use by several threads at once.
public final class IpcStreamReader {
    private static final int STEP_BYTES = 1 << 20;
    private static final long LONGEST_READ = 1 << 30;

    private final ReadableByteChannel channel;
    private final ByteBuffer word = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    private int messages;
    private long bodyLeft;
    private boolean ended;

    /// Reads from the channel's present position.
    public IpcStreamReader(ReadableByteChannel channel) {
        this.channel = channel;
    }

    /// Returns the next message, or null at the end of the stream. What was not read of the message
    /// before is skipped.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException INVALID_IPC when the stream is cut off or
    ///   damaged, UNSUPPORTED_IPC for versions before V4 and tensors
    public @Nullable IpcMessage next() throws IOException {
        skip(bodyLeft);
        int length = ended ? 0 : nextLength();
        if (length == 0) {
            ended = true;
            return null;
        }
        if (length < 0 || length > MetadataBytes.MAX_BYTES) {
            throw IpcFault.invalid(
                    "message has an impossible length: message="
                            + messages
                            + ", metadataBytes="
                            + length);
        }
        byte[] bytes = readMetadata(length);
        MemorySegment metadata = MemorySegment.ofArray(bytes).asReadOnly();
        bodyLeft = MessageHead.parse(MetadataBytes.copyOf(metadata, messages++)).bodyBytes();
        return new IpcMessage(metadata, bodyLeft);
    }

    /// Reads the whole body of the message that [#next] returned last.
    public void readBody(MemorySegment target) throws IOException {
        if (target.byteSize() < bodyLeft) {
            throw new IllegalArgumentException(
                    "body does not fit: bodyBytes=" + bodyLeft + ", bytes=" + target.byteSize());
        }
        read(target.asSlice(0, bodyLeft));
    }

    /// Reads the body of the message that [#next] returned last straight into its places in a
    /// segment.
    ///
    /// @param ranges what [SegmentComposer#add] answered for the message, none of them encoded
    /// @param sourcePosition the position that was given to it
    /// @param segment the mapped segment
    public void readBody(List<CopyRange> ranges, long sourcePosition, MemorySegment segment)
            throws IOException {
        List<CopyRange> inOrder =
                ranges.stream()
                        .sorted(Comparator.comparingLong(CopyRange::sourcePosition))
                        .toList();
        long at = sourcePosition;
        for (CopyRange range : inOrder) {
            if (range.encoding() != Encoding.COPY || range.sourcePosition() < at) {
                throw new IllegalArgumentException("range cannot be read in order: " + range);
            }
            skip(range.sourcePosition() - at);
            read(segment.asSlice(range.targetOffset(), range.bytes()));
            at = range.sourcePosition() + range.bytes();
        }
    }

    private int nextLength() throws IOException {
        if (!readWord()) {
            return 0;
        }
        int length = word.getInt(0);
        if (length != PlacedMessage.CONTINUATION) {
            return length;
        }
        if (!readWord()) {
            throw cutOff();
        }
        return word.getInt(0);
    }

    private boolean readWord() throws IOException {
        word.clear();
        while (word.hasRemaining()) {
            if (channel.read(word) < 0) {
                if (word.position() == 0) {
                    return false;
                }
                throw cutOff();
            }
        }
        return true;
    }

    private byte[] readMetadata(int length) throws IOException {
        byte[] bytes = new byte[Math.min(length, STEP_BYTES)];
        int done = 0;
        while (true) {
            fill(ByteBuffer.wrap(bytes, done, bytes.length - done));
            done = bytes.length;
            if (done == length) {
                return bytes;
            }
            bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * done));
        }
    }

    private void read(MemorySegment target) throws IOException {
        long bytes = target.byteSize();
        for (long at = 0; at < bytes; at += LONGEST_READ) {
            long step = Math.min(LONGEST_READ, bytes - at);
            fill(target.asSlice(at, step).asByteBuffer());
        }
        bodyLeft -= bytes;
    }

    private void skip(long bytes) throws IOException {
        ByteBuffer waste = ByteBuffer.allocate((int) Math.min(STEP_BYTES, bytes));
        for (long left = bytes; left > 0; left -= waste.limit()) {
            waste.clear().limit((int) Math.min(waste.capacity(), left));
            fill(waste);
        }
        bodyLeft -= bytes;
    }

    private void fill(ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw cutOff();
            }
        }
    }

    private RuntimeException cutOff() {
        return IpcFault.invalid("stream is cut off: message=" + messages);
    }
}
