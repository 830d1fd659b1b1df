package dev.arrowshelf.store.ipc.content;

import java.lang.foreign.MemorySegment;

/// Checks that each value of a text column is UTF-8. The offsets are known to be right.
/* How it is fast. Plain ASCII needs no look at the offsets. Otherwise the values are checked as one text first: when that is
 * UTF-8, a value is too if it begins and ends where characters do. Only around nulls, which may hold anything, and where
 * something is wrong values are checked one by one.
 */
final class TextCheck {
    private final Utf8 utf8;
    private final NumberWindow numbers;

    TextCheck(Utf8 utf8, NumberWindow numbers) {
        this.utf8 = utf8;
        this.numbers = numbers;
    }

    /// Checks a column of offsets and data.
    void check(ColumnBuffers column) {
        MemorySegment base = column.base();
        int width = column.field().width();
        long length = column.length();
        if (length == 0) {
            return;
        }
        long data = column.at(2);
        long from = data + Chunk.number(base, column.at(1), 0, width);
        long end = data + Chunk.number(base, column.at(1), length, width);
        if (utf8.isAscii(base, from, end)) {
            return;
        }
        boolean all = utf8.isValid(base, from, end);
        for (long row = 0; row < length; row += Chunk.LENGTH) {
            int count = (int) Math.min(Chunk.LENGTH, length - row);
            long[] ends = numbers.load(base, column.at(1), row + 1, count, width);
            for (int i = 0; i < count; i++) {
                long to = data + ends[i];
                boolean good =
                        from == to
                                || (all
                                        && isBoundary(base, from, end)
                                        && isBoundary(base, to, end));
                if (!good && column.isValid(row + i) && !utf8.isValid(base, from, to)) {
                    throw column.wrong(
                            "text is not UTF-8, bytes=" + (to - from), row + i, from - data);
                }
                from = to;
            }
        }
    }

    private static boolean isBoundary(MemorySegment base, long at, long end) {
        return at == end || Utf8.isBoundary(base, at);
    }
}
