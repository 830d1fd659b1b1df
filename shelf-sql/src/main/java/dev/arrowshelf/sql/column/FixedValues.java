package dev.arrowshelf.sql.column;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Chosen values of one width, one loop for each.
final class FixedValues {
    private static final ValueLayout.OfShort SHORTS = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INTS = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONGS = ValueLayout.JAVA_LONG_UNALIGNED;

    private FixedValues() {}

    static void ones(MemorySegment values, int[] rows, int begin, int count, MemorySegment target) {
        for (int i = 0; i < count; i++) {
            target.set(
                    ValueLayout.JAVA_BYTE, i, values.get(ValueLayout.JAVA_BYTE, rows[begin + i]));
        }
    }

    static void twos(MemorySegment values, int[] rows, int begin, int count, MemorySegment target) {
        for (int i = 0; i < count; i++) {
            target.setAtIndex(SHORTS, i, values.getAtIndex(SHORTS, rows[begin + i]));
        }
    }

    static void fours(
            MemorySegment values, int[] rows, int begin, int count, MemorySegment target) {
        for (int i = 0; i < count; i++) {
            target.setAtIndex(INTS, i, values.getAtIndex(INTS, rows[begin + i]));
        }
    }

    static void eights(
            MemorySegment values, int[] rows, int begin, int count, MemorySegment target) {
        for (int i = 0; i < count; i++) {
            target.setAtIndex(LONGS, i, values.getAtIndex(LONGS, rows[begin + i]));
        }
    }

    static void sixteens(
            MemorySegment values, int[] rows, int begin, int count, MemorySegment target) {
        for (int i = 0; i < count; i++) {
            long row = 2L * rows[begin + i];
            target.setAtIndex(LONGS, 2L * i, values.getAtIndex(LONGS, row));
            target.setAtIndex(LONGS, 2L * i + 1, values.getAtIndex(LONGS, row + 1));
        }
    }

    static void truths(MemorySegment bits, int[] rows, int begin, int count, MemorySegment target) {
        for (int i = 0; i < count; i++) {
            int row = rows[begin + i];
            int bit = bits.get(ValueLayout.JAVA_BYTE, row >>> 3) >>> (row & 7) & 1;
            target.set(ValueLayout.JAVA_BYTE, i, (byte) bit);
        }
    }
}
