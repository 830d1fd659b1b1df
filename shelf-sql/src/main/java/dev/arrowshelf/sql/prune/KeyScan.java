package dev.arrowshelf.sql.prune;

import dev.arrowshelf.sql.arrow.BatchLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongUnaryOperator;

/// Finds the least and greatest key of some rows of a column by looking at them all.
public final class KeyScan {
    private static final ValueLayout.OfInt OFFSETS = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LARGE_OFFSETS = ValueLayout.JAVA_LONG_UNALIGNED;

    private KeyScan() {}

    /// Returns what the values that are not null lie between.
    ///
    /// @param partition the mapped bytes that the layout describes
    public static Bounds of(
            KeyKind kind,
            MemorySegment partition,
            BatchLayout batch,
            int column,
            long from,
            long count) {
        boolean nulls = batch.nulls(column) != 0 && batch.columnBufferBytes(column, 0) > 0;
        MemorySegment validity = nulls ? buffer(partition, batch, column, 0) : MemorySegment.NULL;
        MemorySegment values = buffer(partition, batch, column, 1);
        if (kind.isVariable()) {
            MemorySegment bytes = buffer(partition, batch, column, 2);
            LongUnaryOperator offsets =
                    kind.bytes() == Integer.BYTES
                            ? row -> values.getAtIndex(OFFSETS, row)
                            : row -> values.getAtIndex(LARGE_OFFSETS, row);
            boolean texts = kind == KeyKind.TEXT || kind == KeyKind.LARGE_TEXT;
            return texts
                    ? Bounds.ofValues(texts(offsets, bytes, validity, from, count))
                    : boxes(offsets, bytes, validity, from, count);
        }
        return Bounds.ofValues(
                !nulls && kind.bytes() == Long.BYTES && isPlainLong(kind)
                        ? longs(values, from, count)
                        : numbers(kind, values, validity, from, count));
    }

    private static KeyRange numbers(
            KeyKind kind, MemorySegment values, MemorySegment validity, long from, long count) {
        boolean nulls = validity.address() != 0;
        long least = Long.MAX_VALUE;
        long greatest = Long.MIN_VALUE;
        for (long row = from; row < from + count; row++) {
            if (!nulls || isValid(validity, row)) {
                long key = kind.key(values, row);
                least = Math.min(least, key);
                greatest = Math.max(greatest, key);
            }
        }
        return new KeyRange(least, greatest);
    }

    private static boolean isPlainLong(KeyKind kind) {
        return switch (kind) {
            case LONG,
                    TIMESTAMP_SECONDS,
                    TIMESTAMP_MILLIS,
                    TIMESTAMP_MICROS,
                    TIMESTAMP_NANOS,
                    TIMESTAMP_ZONED ->
                    true;
            case BYTE,
                    SHORT,
                    INT,
                    UNSIGNED_BYTE,
                    UNSIGNED_SHORT,
                    UNSIGNED_INT,
                    UNSIGNED_LONG,
                    FLOAT,
                    DOUBLE,
                    DATE,
                    DECIMAL,
                    TEXT,
                    LARGE_TEXT,
                    GEOMETRY,
                    LARGE_GEOMETRY ->
                    false;
        };
    }

    /// A loop that the compiler makes vector instructions of.
    private static KeyRange longs(MemorySegment values, long from, long count) {
        MemorySegment rows = values.asSlice(from * Long.BYTES, count * Long.BYTES);
        long least = Long.MAX_VALUE;
        long greatest = Long.MIN_VALUE;
        for (int row = 0; row < (int) count; row++) {
            long key = rows.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, row);
            least = Math.min(least, key);
            greatest = Math.max(greatest, key);
        }
        return new KeyRange(least, greatest);
    }

    private static KeyRange texts(
            LongUnaryOperator offsets,
            MemorySegment bytes,
            MemorySegment validity,
            long from,
            long count) {
        KeyRange range = KeyRange.NONE;
        boolean nulls = validity.address() != 0;
        for (long row = from; row < from + count; row++) {
            if (!nulls || isValid(validity, row)) {
                long begin = offsets.applyAsLong(row);
                long end = offsets.applyAsLong(row + 1);
                long key = KeyKind.ofText(bytes.asSlice(begin, end - begin));
                if (key < range.least() || key > range.greatest()) {
                    range = range.or(new KeyRange(key, key));
                }
            }
        }
        return range;
    }

    private static Bounds boxes(
            LongUnaryOperator offsets,
            MemorySegment bytes,
            MemorySegment validity,
            long from,
            long count) {
        GeometryBox box = new GeometryBox();
        boolean nulls = validity.address() != 0;
        for (long row = from; row < from + count; row++) {
            if (!nulls || isValid(validity, row)) {
                long begin = offsets.applyAsLong(row);
                box.add(bytes.asSlice(begin, offsets.applyAsLong(row + 1) - begin));
            }
        }
        return box.bounds(0);
    }

    private static boolean isValid(MemorySegment validity, long row) {
        return (validity.get(ValueLayout.JAVA_BYTE, row >>> 3) >>> (row & 7) & 1) != 0;
    }

    private static MemorySegment buffer(
            MemorySegment partition, BatchLayout batch, int column, int number) {
        return partition.asSlice(
                batch.columnBufferOffset(column, number), batch.columnBufferBytes(column, number));
    }
}
