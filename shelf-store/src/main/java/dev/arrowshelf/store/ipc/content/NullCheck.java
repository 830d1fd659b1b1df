package dev.arrowshelf.store.ipc.content;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Checks that a column has as many nulls as its batch states: readers believe the number, and one
/// that is its length makes some of them pass over the bitmap. Where 0 or "unknown" is stated there
/// is nothing to compare: all readers leave the bitmap aside, or count.
final class NullCheck {
    private NullCheck() {}

    /// Checks a column whose first buffer is its bitmap.
    static void check(ColumnBuffers column) {
        if (column.nulls() <= 0) {
            return;
        }
        long nulls = column.length() - ones(column.base(), column.at(0), column.length());
        if (nulls != column.nulls()) {
            throw column.wrong(
                    "null count is not that of the bitmap, found=" + nulls,
                    "stated",
                    column.nulls());
        }
    }

    private static long ones(MemorySegment base, long at, long bits) {
        long wordsEnd = at + (bits >>> 6 << 3);
        long ones = 0;
        for (long word = at; word < wordsEnd; word += Long.BYTES) {
            ones += Long.bitCount(base.get(Chunk.LONG, word));
        }
        long last = 0;
        int rest = (int) bits & 63;
        for (int bit = 0; bit < rest; bit += Byte.SIZE) {
            last |= (base.get(ValueLayout.JAVA_BYTE, wordsEnd + (bit >>> 3)) & 0xffL) << bit;
        }
        return ones + Long.bitCount(last & (1L << rest) - 1);
    }
}
