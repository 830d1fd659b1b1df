package dev.arrowshelf.server.flight.message;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;

/// A body that is collected before the shelf takes it, because its table may be small or its bytes
/// are compressed. Grows with what has really come, so that a length that is only claimed costs
/// nothing.
///
/// One thread at a time. Owns its memory until [#close()].
public final class BodyBuffer implements AutoCloseable {
    private static final int FIRST_BYTES = 64 << 10;

    private final ByteBuf memory;

    private BodyBuffer(int most) {
        this.memory = Unpooled.directBuffer(Math.min(most, FIRST_BYTES), most);
    }

    /// Returns a buffer for a body of so many bytes.
    public static BodyBuffer of(long bytes) {
        if (bytes > Integer.MAX_VALUE) {
            throw new ShelfException(
                    ErrorCode.UNSUPPORTED_IPC,
                    "compressed body is too long: bytes=" + bytes + ", most=" + Integer.MAX_VALUE);
        }
        return new BodyBuffer((int) bytes);
    }

    /// Adds bytes that follow those before.
    public void write(long position, MemorySegment bytes) {
        if (position != memory.writerIndex()) {
            throw new IllegalStateException(
                    "bytes out of order: position=" + position + ", next=" + memory.writerIndex());
        }
        memory.writeBytes(bytes.asByteBuffer());
    }

    /// Returns what has come.
    public MemorySegment bytes() {
        return MemorySegment.ofBuffer(memory.nioBuffer());
    }

    @Override
    public void close() {
        memory.release();
    }
}
