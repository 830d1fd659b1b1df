package dev.arrowshelf.redis.link;

import io.lettuce.core.output.CommandOutput;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Receives the reply to a GET in memory that the caller owns. The result is the value's length, or
/// [RedisLink#MISSING]; of a value longer than the memory nothing is written.
///
/// A reply may come after the command was given up; [#revoke] keeps it from being written.
final class IntoSegment extends CommandOutput<byte[], Outgoing, Long> {
    private final MemorySegment target;
    private boolean revoked;

    IntoSegment(MemorySegment target) {
        super(SegmentCodec.INSTANCE, RedisLink.MISSING);
        this.target = target;
    }

    @Override
    public synchronized void set(@Nullable ByteBuffer bytes) {
        if (bytes == null || revoked) {
            return;
        }
        int length = bytes.remaining();
        if (length <= target.byteSize()) {
            MemorySegment.copy(MemorySegment.ofBuffer(bytes), 0, target, 0, length);
        }
        output = (long) length;
    }

    /// Ends the use of the memory; waits for a write that is being done.
    synchronized void revoke() {
        revoked = true;
    }
}
