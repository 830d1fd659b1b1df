package dev.arrowshelf.sql.column;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Decimals of 128 bits as the narrower numbers that DuckDB keeps them in.
///
/// Errors: a value that does not fit its column's type is [ErrorCode#INVALID_IPC].
final class Decimals {
    private static final ValueLayout.OfLong LONGS = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfInt INTS = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfShort SHORTS = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final long SIZE = 16;

    private Decimals() {}

    static void narrow(ColumnRows column, long from, int count, int bytes, MemorySegment target) {
        MemorySegment values = column.values().asSlice(from * SIZE, count * SIZE);
        long lost =
                switch (bytes) {
                    case Short.BYTES -> shorts(values, count, target);
                    case Integer.BYTES -> ints(values, count, target);
                    default -> longs(values, count, target);
                };
        if (lost != 0) {
            for (int i = 0; i < count; i++) {
                check(column, from + i, bytes);
            }
        }
    }

    static void gather(
            ColumnRows column, int[] rows, int begin, int count, int bytes, MemorySegment target) {
        MemorySegment values = column.values();
        int unused = Long.SIZE - bytes * Byte.SIZE;
        long lost = 0;
        for (int i = 0; i < count; i++) {
            long place = rows[begin + i] * SIZE;
            long low = values.get(LONGS, place);
            lost |= values.get(LONGS, place + Long.BYTES) ^ (low >> (Long.SIZE - 1));
            lost |= low ^ (low << unused >> unused);
            switch (bytes) {
                case Short.BYTES -> target.setAtIndex(SHORTS, i, (short) low);
                case Integer.BYTES -> target.setAtIndex(INTS, i, (int) low);
                default -> target.setAtIndex(LONGS, i, low);
            }
        }
        if (lost != 0) {
            for (int i = 0; i < count; i++) {
                check(column, rows[begin + i], bytes);
            }
        }
    }

    /// Returns bits that are set when a value does not fit.
    private static long longs(MemorySegment values, int count, MemorySegment target) {
        long lost = 0;
        for (int i = 0; i < count; i++) {
            long low = values.getAtIndex(LONGS, 2L * i);
            lost |= values.getAtIndex(LONGS, 2L * i + 1) ^ (low >> (Long.SIZE - 1));
            target.setAtIndex(LONGS, i, low);
        }
        return lost;
    }

    private static long ints(MemorySegment values, int count, MemorySegment target) {
        long lost = 0;
        for (int i = 0; i < count; i++) {
            long low = values.getAtIndex(LONGS, 2L * i);
            lost |= values.getAtIndex(LONGS, 2L * i + 1) ^ (low >> (Long.SIZE - 1));
            lost |= low ^ (int) low;
            target.setAtIndex(INTS, i, (int) low);
        }
        return lost;
    }

    private static long shorts(MemorySegment values, int count, MemorySegment target) {
        long lost = 0;
        for (int i = 0; i < count; i++) {
            long low = values.getAtIndex(LONGS, 2L * i);
            lost |= values.getAtIndex(LONGS, 2L * i + 1) ^ (low >> (Long.SIZE - 1));
            lost |= low ^ (short) low;
            target.setAtIndex(SHORTS, i, (short) low);
        }
        return lost;
    }

    /// What stands in a null row means nothing, whatever it is.
    private static void check(ColumnRows column, long row, int bytes) {
        long low = column.values().get(LONGS, row * SIZE);
        long high = column.values().get(LONGS, row * SIZE + Long.BYTES);
        int unused = Long.SIZE - bytes * Byte.SIZE;
        boolean fits = high == low >> (Long.SIZE - 1) && low == low << unused >> unused;
        if (!fits && column.isValid(row)) {
            throw new ShelfException(
                    ErrorCode.INVALID_IPC,
                    "a decimal has more digits than its type: row=%d, bytes=%d"
                            .formatted(row, bytes));
        }
    }
}
