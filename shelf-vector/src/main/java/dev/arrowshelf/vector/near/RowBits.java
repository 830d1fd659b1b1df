package dev.arrowshelf.vector.near;

import java.util.function.IntPredicate;

/// A set of row numbers as bits. For several threads once it is filled.
public final class RowBits implements IntPredicate {
    private final long[] words;
    private final long rows;
    private long count;

    /// Begins an empty set of rows below a number.
    public RowBits(long rows) {
        this.rows = rows;
        this.words = new long[Math.toIntExact((rows + 63) / 64)];
    }

    /// Adds a row; numbers outside the table are passed over.
    public void add(long row) {
        if (row >= 0 && row < rows) {
            long bit = 1L << row;
            int word = (int) (row >>> 6);
            if ((words[word] & bit) == 0) {
                words[word] |= bit;
                count++;
            }
        }
    }

    /// Returns how many rows are in the set.
    public long count() {
        return count;
    }

    @Override
    public boolean test(int row) {
        return (words[row >>> 6] >>> row & 1) != 0;
    }
}
