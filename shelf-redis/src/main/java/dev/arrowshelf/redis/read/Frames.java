package dev.arrowshelf.redis.read;

import dev.arrowshelf.redis.ipc.MessageBytes;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.store.ipc.LocatedMessage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Messages of values, framed anew.
final class Frames {
    private Frames() {}

    /// Returns a message with its head, the body as it lies in the value.
    static ChunkBytes of(LocatedMessage message, MemorySegment value) {
        return ChunkBytes.of(
                List.of(MessageBytes.head(message.message().metadata()), body(message, value)));
    }

    /// Returns the body of a message.
    static MemorySegment body(LocatedMessage message, MemorySegment value) {
        return value.asSlice(message.bodyOffset(), message.message().bodyBytes());
    }

    static MemorySegment copy(MemorySegment piece) {
        return MemorySegment.ofArray(piece.toArray(ValueLayout.JAVA_BYTE));
    }

    /// Returns whether two messages of equally many pieces are the same.
    static boolean same(ChunkBytes one, ChunkBytes other) {
        for (int i = 0; i < one.pieces().size(); i++) {
            if (one.pieces().get(i).mismatch(other.pieces().get(i)) != -1) {
                return false;
            }
        }
        return true;
    }
}
