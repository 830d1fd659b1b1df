package dev.arrowshelf.server.control;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Collects one reply frame in a direct buffer that is used again for the next one.
///
/// Thread rule: for one thread. Memory rule: the buffer belongs to this object; a large one is let
/// go with the next reply.
final class Reply {
    private static final int USUAL_BYTES = 16 << 10;
    private static final int HEADER_BYTES = 8;
    private static final short SUCCESS = 0;
    private static final short FAILURE = 1;

    private ByteBuffer buffer = allocate(USUAL_BYTES);

    /// Begins a new reply, which says success until [#fail].
    void begin() {
        if (buffer.capacity() > USUAL_BYTES) {
            buffer = allocate(USUAL_BYTES);
        }
        buffer.clear();
        buffer.putInt(0).putShort(SUCCESS).putShort((short) 0);
    }

    void fail(ErrorCode code, String message) {
        begin();
        buffer.putShort(Integer.BYTES, FAILURE);
        text(code.kind().name());
        text(code.name());
        text(message);
    }

    Reply u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    Reply u32(int value) {
        room(Integer.BYTES).putInt(value);
        return this;
    }

    Reply u64(long value) {
        room(Long.BYTES).putLong(value);
        return this;
    }

    Reply raw(byte[] bytes) {
        room(bytes.length).put(bytes);
        return this;
    }

    Reply raw(ByteBuffer bytes) {
        room(bytes.remaining()).put(bytes);
        return this;
    }

    Reply text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return u32(bytes.length).raw(bytes);
    }

    Reply committed(TableInfo table) {
        return u64(table.generation()).u64(table.rows()).u64(table.bytes());
    }

    Reply keys(List<byte[]> keys) {
        u32(keys.size());
        long total = 0;
        for (byte[] key : keys) {
            u32(key.length);
            total += key.length;
        }
        room(total);
        for (byte[] key : keys) {
            buffer.put(key);
        }
        return this;
    }

    /// Ends the reply and returns the bytes to send.
    ByteBuffer finish() {
        buffer.putInt(0, buffer.position() - Integer.BYTES);
        return buffer.flip();
    }

    private ByteBuffer room(long bytes) {
        long wanted = buffer.position() + bytes;
        if (wanted > buffer.capacity()) {
            if (wanted > ControlConnection.FRAME_LIMIT) {
                throw new ShelfException(
                        ErrorCode.BUSY,
                        "reply is larger than a frame: bytes="
                                + wanted
                                + ", greatest="
                                + ControlConnection.FRAME_LIMIT);
            }
            ByteBuffer larger =
                    allocate(
                            (int)
                                    Math.min(
                                            ControlConnection.FRAME_LIMIT,
                                            Math.max(wanted, 2L * buffer.capacity())));
            larger.put(buffer.flip());
            buffer = larger;
        }
        return buffer;
    }

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocateDirect(Math.max(bytes, HEADER_BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
    }
}
