package dev.arrowshelf.sql.column;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Chosen texts as vectors hold them: the length, then up to twelve bytes of text, or four of them
/// and the address of all.
///
/// The addresses are those of the mapped column: whoever reads the vector has the table open.
final class Texts {
    private static final ValueLayout.OfInt INTS = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONGS = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final long SIZE = 16;
    private static final int INLINE = 12;
    private static final long PREFIX = 0xFFFF_FFFFL;

    private Texts() {}

    static void gather(ColumnRows column, int[] rows, int begin, int count, MemorySegment target) {
        MemorySegment offsets = column.values();
        for (int i = 0; i < count; i++) {
            int row = rows[begin + i];
            long from = offsets.getAtIndex(INTS, row);
            write(column.bytes(), from, offsets.getAtIndex(INTS, row + 1L), target, i * SIZE);
        }
    }

    static void gatherLarge(
            ColumnRows column, int[] rows, int begin, int count, MemorySegment target) {
        MemorySegment offsets = column.values();
        for (int i = 0; i < count; i++) {
            int row = rows[begin + i];
            long from = offsets.getAtIndex(LONGS, row);
            write(column.bytes(), from, offsets.getAtIndex(LONGS, row + 1L), target, i * SIZE);
        }
    }

    private static void write(
            MemorySegment bytes, long from, long to, MemorySegment target, long place) {
        int length = Math.toIntExact(to - from);
        if (length > INLINE) {
            long prefix = bytes.get(INTS, from) & PREFIX;
            target.set(LONGS, place, prefix << Integer.SIZE | length);
            target.set(LONGS, place + Long.BYTES, bytes.address() + from);
            return;
        }
        long first = TextBytes.first(bytes, from, length);
        target.set(LONGS, place, first << Integer.SIZE | length);
        target.set(
                LONGS,
                place + Long.BYTES,
                length <= Integer.BYTES
                        ? 0
                        : TextBytes.first(bytes, from + Integer.BYTES, length - Integer.BYTES));
    }
}
