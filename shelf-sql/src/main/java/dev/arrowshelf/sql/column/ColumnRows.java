package dev.arrowshelf.sql.column;

import dev.arrowshelf.sql.arrow.BatchLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A column of one record batch where it is mapped. It borrows the mapping, which the caller keeps.
///
/// Immutable.
public final class ColumnRows {
    private static final long WORD_BITS = Long.SIZE;

    private final MemorySegment validity;
    private final MemorySegment values;
    private final MemorySegment bytes;
    private final boolean nulls;

    private ColumnRows(
            MemorySegment validity, MemorySegment values, MemorySegment bytes, boolean nulls) {
        this.validity = validity;
        this.values = values;
        this.bytes = bytes;
        this.nulls = nulls;
    }

    /// Returns a column.
    ///
    /// @param partition the mapped bytes that the layout describes
    /// @param variable whether it has bytes of variable length behind its offsets
    public static ColumnRows of(
            MemorySegment partition, BatchLayout batch, int column, boolean variable) {
        boolean nulls = batch.nulls(column) != 0 && batch.columnBufferBytes(column, 0) > 0;
        return new ColumnRows(
                nulls ? buffer(partition, batch, column, 0) : MemorySegment.NULL,
                buffer(partition, batch, column, 1),
                variable ? buffer(partition, batch, column, 2) : MemorySegment.NULL,
                nulls);
    }

    private static MemorySegment buffer(
            MemorySegment partition, BatchLayout batch, int column, int number) {
        return partition.asSlice(
                batch.columnBufferOffset(column, number), batch.columnBufferBytes(column, number));
    }

    /// Returns the fixed-width values, the bits of truth values, or the offsets.
    public MemorySegment values() {
        return values;
    }

    /// Returns the bytes that the offsets are about.
    public MemorySegment bytes() {
        return bytes;
    }

    /// Returns whether any row is null.
    public boolean hasNulls() {
        return nulls;
    }

    /// Returns whether a row has a value.
    public boolean isValid(long row) {
        return !nulls || (validity.get(ValueLayout.JAVA_BYTE, row >>> 3) >>> (row & 7) & 1) != 0;
    }

    /// Writes the validity bits of consecutive rows in words of 64, the first row in the lowest
    /// bit. Only for columns that have nulls.
    ///
    /// @param from a multiple of eight
    public void copyValidity(long from, int count, MemorySegment target) {
        long bits = Math.ceilDiv(count, Byte.SIZE);
        MemorySegment.copy(validity, from >>> 3, target, 0, bits);
    }

    /// Writes the validity bits of chosen rows as [#copyValidity] does.
    public void gatherValidity(int[] rows, int begin, int count, MemorySegment target) {
        long word = 0;
        for (int i = 0; i < count; i++) {
            if (isValid(rows[begin + i])) {
                word |= 1L << i;
            }
            if (i % WORD_BITS == WORD_BITS - 1 || i == count - 1) {
                target.setAtIndex(ValueLayout.JAVA_LONG, i / WORD_BITS, word);
                word = 0;
            }
        }
    }
}
