package dev.arrowshelf.redis.link;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/// A value on its way to Redis in one try of a command. A try that failed may still wait in some
/// queue of the client when the memory is used for something else: [#revoke] makes it harmless.
///
/// Thread-safe.
final class Outgoing {
    private final ChunkBytes value;
    private boolean revoked;

    Outgoing(ChunkBytes value) {
        this.value = value;
    }

    static Outgoing of(byte[] bytes) {
        return new Outgoing(ChunkBytes.of(bytes));
    }

    /// Returns the length.
    int bytes() {
        return Math.toIntExact(value.bytes());
    }

    /// Returns a copy on the heap.
    synchronized byte[] toArray() {
        ByteBuffer bytes = ByteBuffer.allocate(bytes());
        for (MemorySegment piece : value.pieces()) {
            bytes.put(piece.asByteBuffer());
        }
        return bytes.array();
    }

    /// Writes the value. Error: [IllegalStateException] after [#revoke]; the client then takes the
    /// command's begin out of its buffer again.
    synchronized void writeTo(ByteBuf target) {
        if (revoked) {
            throw new IllegalStateException("value is not lent any more: bytes=" + value.bytes());
        }
        target.ensureWritable(bytes());
        for (MemorySegment piece : value.pieces()) {
            target.writeBytes(piece.asByteBuffer());
        }
    }

    /// Ends the use of the value's memory; waits for a write that is being done.
    synchronized void revoke() {
        revoked = true;
    }
}
