package dev.arrowshelf.store.ipc.content;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Little-endian numbers of a buffer on their way through a small array. The loops of this package
/// run over arrays because the compiler turns simple reductions over arrays into vector code, which
/// it does not do for memory segments.
final class Chunk {
    /// Numbers that are looked at together; two arrays of them stay in the first-level cache.
    static final int LENGTH = 1024;

    static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Chunk() {}

    /// Returns one number of a buffer, with its sign.
    ///
    /// @param width bytes of a number: 1, 2, 4 or 8
    static long number(MemorySegment base, long at, long index, int width) {
        return switch (width) {
            case 1 -> base.get(ValueLayout.JAVA_BYTE, at + index);
            case 2 -> base.get(SHORT, at + 2 * index);
            case 4 -> base.get(INT, at + 4 * index);
            default -> base.get(LONG, at + 8 * index);
        };
    }
}
