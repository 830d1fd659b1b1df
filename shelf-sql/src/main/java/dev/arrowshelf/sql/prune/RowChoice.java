package dev.arrowshelf.sql.prune;

import dev.arrowshelf.sql.column.ColumnRows;
import dev.arrowshelf.sql.column.TextBytes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The rows of a record batch that may pass a query's filters: those whose keys lie in the ranges
/// that are wanted. Rows that are null pass no filter that has a range.
///
/// One thread at a time.
public final class RowChoice {
    private static final ValueLayout.OfInt INTS = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONGS = ValueLayout.JAVA_LONG_UNALIGNED;

    private int[] rows = new int[0];
    private int count;

    /// Begins with consecutive rows.
    public void all(int from, int many) {
        if (rows.length < many) {
            rows = new int[many];
        }
        for (int i = 0; i < many; i++) {
            rows[i] = from + i;
        }
        count = many;
    }

    /// Returns the rows' places in the batch, in order, as many as [#count()].
    public int[] rows() {
        return rows;
    }

    /// Returns how many rows there are.
    public int count() {
        return count;
    }

    /// Keeps the rows whose keys lie in a range.
    ///
    /// @param kind the column's keys, which have an order
    public void keep(KeyKind kind, ColumnRows column, KeyRange range) {
        if (range.least() > range.greatest()) {
            count = 0;
            return;
        }
        if (column.hasNulls()) {
            keepValid(column);
        }
        long least = range.least();
        long width = range.greatest() - least;
        switch (kind) {
            case INT, DATE -> keepInts(column.values(), least, width);
            case LONG,
                    TIMESTAMP_SECONDS,
                    TIMESTAMP_MILLIS,
                    TIMESTAMP_MICROS,
                    TIMESTAMP_NANOS,
                    TIMESTAMP_ZONED ->
                    keepLongs(column.values(), least, width);
            case DOUBLE -> keepDoubles(column.values(), least, width);
            case DECIMAL -> keepDecimals(column.values(), least, width);
            case TEXT -> keepTexts(column, least, width);
            case LARGE_TEXT -> keepLargeTexts(column, least, width);
            case BYTE, SHORT, UNSIGNED_BYTE, UNSIGNED_SHORT, UNSIGNED_INT, UNSIGNED_LONG, FLOAT ->
                    keepOthers(kind, column.values(), least, width);
            case GEOMETRY, LARGE_GEOMETRY ->
                    throw new IllegalArgumentException("keys without order: kind=" + kind);
        }
    }

    private void keepValid(ColumnRows column) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int row = rows[i];
            rows[kept] = row;
            kept += column.isValid(row) ? 1 : 0;
        }
        count = kept;
    }

    private void keepInts(MemorySegment values, long least, long width) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int row = rows[i];
            rows[kept] = row;
            kept += inside(values.getAtIndex(INTS, row) - least, width);
        }
        count = kept;
    }

    private void keepLongs(MemorySegment values, long least, long width) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int row = rows[i];
            rows[kept] = row;
            kept += inside(values.getAtIndex(LONGS, row) - least, width);
        }
        count = kept;
    }

    private void keepDoubles(MemorySegment values, long least, long width) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int row = rows[i];
            rows[kept] = row;
            double value = values.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, row);
            kept += inside(KeyKind.ofDouble(value) - least, width);
        }
        count = kept;
    }

    private void keepDecimals(MemorySegment values, long least, long width) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int row = rows[i];
            rows[kept] = row;
            long low = values.getAtIndex(LONGS, 2L * row);
            long high = values.getAtIndex(LONGS, 2L * row + 1);
            kept += inside(KeyKind.saturated(low, high) - least, width);
        }
        count = kept;
    }

    private void keepTexts(ColumnRows column, long least, long width) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int row = rows[i];
            rows[kept] = row;
            int from = column.values().getAtIndex(INTS, row);
            int to = column.values().getAtIndex(INTS, row + 1L);
            kept += inside(text(column.bytes(), from, to - from) - least, width);
        }
        count = kept;
    }

    private void keepLargeTexts(ColumnRows column, long least, long width) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int row = rows[i];
            rows[kept] = row;
            long from = column.values().getAtIndex(LONGS, row);
            long to = column.values().getAtIndex(LONGS, row + 1L);
            int length = (int) Math.min(Long.BYTES, to - from);
            kept += inside(text(column.bytes(), from, length) - least, width);
        }
        count = kept;
    }

    private void keepOthers(KeyKind kind, MemorySegment values, long least, long width) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int row = rows[i];
            rows[kept] = row;
            kept += inside(kind.key(values, row) - least, width);
        }
        count = kept;
    }

    private static long text(MemorySegment bytes, long from, int length) {
        return Long.reverseBytes(TextBytes.first(bytes, from, length)) ^ Long.MIN_VALUE;
    }

    /// Returns 1 when a distance from the least key is at most the width, both without sign, and 0
    /// otherwise: without a branch, which would be foreseen wrong as often as rows change.
    private static int inside(long distance, long width) {
        long borrow = (~width & distance) | (~(width ^ distance) & (width - distance));
        return (int) (1 - (borrow >>> (Long.SIZE - 1)));
    }
}
