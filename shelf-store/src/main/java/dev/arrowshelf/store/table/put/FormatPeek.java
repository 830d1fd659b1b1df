package dev.arrowshelf.store.table.put;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;

/// Tells an Arrow IPC file from a stream by its first bytes.
final class FormatPeek {
    private static final byte[] MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);
    private static final int HEADER_BYTES = 8;

    private FormatPeek() {}

    /// Returns whether these are the bytes of the file format.
    static boolean isFile(MemorySegment bytes) {
        return bytes.byteSize() >= MAGIC.length
                && bytes.asSlice(0, MAGIC.length).mismatch(MemorySegment.ofArray(MAGIC)) < 0;
    }

    /// Returns a channel that reads a stream: a file is one with a header before it and a footer
    /// behind its end. Closing it leaves the given channel open.
    static ReadableByteChannel asStream(ReadableByteChannel channel) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(HEADER_BYTES);
        while (head.hasRemaining() && channel.read(head) >= 0) {
            // reads on until there are enough bytes or no more
        }
        head.flip();
        if (head.remaining() == HEADER_BYTES && isFile(MemorySegment.ofBuffer(head))) {
            head.position(head.limit());
        }
        return new Resumed(head, channel);
    }

    /// A channel whose first bytes were taken already.
    private record Resumed(ByteBuffer head, ReadableByteChannel rest)
            implements ReadableByteChannel {
        @Override
        public int read(ByteBuffer target) throws IOException {
            if (!head.hasRemaining()) {
                return rest.read(target);
            }
            int bytes = Math.min(head.remaining(), target.remaining());
            ByteBuffer part = head.slice(head.position(), bytes);
            target.put(part);
            head.position(head.position() + bytes);
            return bytes;
        }

        @Override
        public boolean isOpen() {
            return rest.isOpen();
        }

        @Override
        public void close() {
            // the channel belongs to whoever opened it
        }
    }
}
