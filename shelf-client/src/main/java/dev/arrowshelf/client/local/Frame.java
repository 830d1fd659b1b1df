package dev.arrowshelf.client.local;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.Placement;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Builds one request frame and reads its reply, in one direct buffer each
/// (docs/spec/local-protocol.md).
///
/// Thread rule: for one thread at a time. Memory rule: the buffers belong to this object and are
/// used again.
final class Frame {
    static final int LIMIT_BYTES = 64 << 20;

    private static final int USUAL_BYTES = 128 << 10;
    private static final int HEADER_BYTES = 8;

    private ByteBuffer buffer = allocate(USUAL_BYTES);

    Frame begin(LocalVerb verb) {
        if (buffer.capacity() > USUAL_BYTES) {
            buffer = allocate(USUAL_BYTES);
        }
        buffer.clear();
        buffer.putInt(0).putShort((short) verb.code()).putShort((short) 0);
        return this;
    }

    Frame u32(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    Frame u64(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    Frame bytes(byte[] bytes) {
        u32(bytes.length);
        room(bytes.length).put(bytes);
        return this;
    }

    Frame bytes(MemorySegment bytes) {
        int length = Math.toIntExact(bytes.byteSize());
        u32(length);
        ByteBuffer target = room(length);
        MemorySegment.copy(bytes, 0, MemorySegment.ofBuffer(target), 0, length);
        target.position(target.position() + length);
        return this;
    }

    Frame messages(List<IpcMessage> messages) {
        u32(messages.size());
        for (IpcMessage message : messages) {
            bytes(message.metadata()).u64(message.bodyBytes());
        }
        return this;
    }

    Frame placements(List<Placement> placements) {
        u32(placements.size());
        for (Placement placement : placements) {
            u64(placement.sourcePosition()).u64(placement.bytes()).u64(placement.fileOffset());
        }
        return this;
    }

    /// Ends the request and returns the bytes to send.
    ByteBuffer finish() {
        buffer.putInt(0, buffer.position() - Integer.BYTES);
        return buffer.flip();
    }

    /// Makes room for a reply's header and returns the buffer to fill.
    ByteBuffer receiveHeader() {
        buffer.clear().limit(HEADER_BYTES);
        return buffer;
    }

    /// Takes the header in and returns the buffer to fill with the payload.
    ByteBuffer receivePayload() {
        long payload = Integer.toUnsignedLong(buffer.getInt(0)) + Integer.BYTES - HEADER_BYTES;
        if (payload < 0 || payload > LIMIT_BYTES) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL,
                    "reply length out of range: bytes=" + payload + ", greatest=" + LIMIT_BYTES);
        }
        int end = HEADER_BYTES + (int) payload;
        if (end > buffer.capacity()) {
            ByteBuffer larger = allocate(end);
            larger.put(buffer.flip());
            buffer = larger;
        }
        buffer.limit(end).position(HEADER_BYTES);
        return buffer;
    }

    /// Turns the filled reply into a cursor over its payload; an error reply is thrown.
    Answer answer() {
        boolean failed = buffer.getShort(Integer.BYTES) != 0;
        Answer answer = new Answer(MemorySegment.ofBuffer(buffer.flip()).asSlice(HEADER_BYTES));
        if (failed) {
            String _ = answer.text(); // the kind follows from the code
            throw new ShelfException(code(answer.text()), answer.text());
        }
        return answer;
    }

    static ErrorCode code(String name) {
        for (ErrorCode code : ErrorCode.values()) {
            if (code.name().equals(name)) {
                return code;
            }
        }
        return ErrorCode.INTERNAL;
    }

    private ByteBuffer room(int bytes) {
        long wanted = (long) buffer.position() + bytes;
        if (wanted > buffer.capacity()) {
            if (wanted > LIMIT_BYTES) {
                throw new ShelfException(
                        ErrorCode.INVALID_ARGUMENT,
                        "request is larger than a frame: bytes="
                                + wanted
                                + ", greatest="
                                + LIMIT_BYTES);
            }
            ByteBuffer larger =
                    allocate((int) Math.min(LIMIT_BYTES, Math.max(wanted, 2L * buffer.capacity())));
            larger.put(buffer.flip());
            buffer = larger;
        }
        return buffer;
    }

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// Reads the parts of a reply one after the other; valid until the frame's next request.
    static final class Answer {
        private static final ValueLayout.OfInt INT =
                ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        private static final ValueLayout.OfLong LONG =
                ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

        private final MemorySegment payload;
        private long position;

        private Answer(MemorySegment payload) {
            this.payload = payload;
        }

        int u8() {
            return payload.get(ValueLayout.JAVA_BYTE, advance(1));
        }

        int u32() {
            return payload.get(INT, advance(Integer.BYTES));
        }

        long u64() {
            return payload.get(LONG, advance(Long.BYTES));
        }

        byte[] raw(int length) {
            return payload.asSlice(advance(length), length).toArray(ValueLayout.JAVA_BYTE);
        }

        String text() {
            return new String(raw(u32()), StandardCharsets.UTF_8);
        }

        private long advance(int bytes) {
            if (bytes < 0 || bytes > payload.byteSize() - position) {
                throw new ShelfException(
                        ErrorCode.PROTOCOL,
                        "reply is cut short: wanted="
                                + bytes
                                + ", left="
                                + (payload.byteSize() - position));
            }
            long before = position;
            position += bytes;
            return before;
        }
    }
}
