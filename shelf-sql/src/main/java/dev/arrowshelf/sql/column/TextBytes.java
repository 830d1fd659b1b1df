package dev.arrowshelf.sql.column;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Reads the first bytes of texts as numbers.
public final class TextBytes {
    private static final ValueLayout.OfLong LONGS = ValueLayout.JAVA_LONG_UNALIGNED;

    private TextBytes() {}

    /// Returns up to eight bytes, the first in the lowest bits, zero bits behind the last.
    ///
    /// @param bytes the bytes of all texts of a column
    public static long first(MemorySegment bytes, long from, int length) {
        if (from + Long.BYTES <= bytes.byteSize()) {
            long word = bytes.get(LONGS, from);
            return length >= Long.BYTES ? word : word & ~(-1L << (length * Byte.SIZE));
        }
        long word = 0;
        for (int i = Math.min(Long.BYTES, length) - 1; i >= 0; i--) {
            word =
                    word << Byte.SIZE
                            | Byte.toUnsignedLong(bytes.get(ValueLayout.JAVA_BYTE, from + i));
        }
        return word;
    }
}
