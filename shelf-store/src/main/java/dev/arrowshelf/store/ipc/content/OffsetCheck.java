package dev.arrowshelf.store.ipc.content;

/// Checks the offsets of lists and of values of variable size, and run ends.
final class OffsetCheck {
    private final AscentCheck ascent = new AscentCheck();

    /// Checks that offsets begin at 0 or later, never decrease, and end inside the data.
    ///
    /// @param limit length of the data
    void offsets(ColumnBuffers column, long limit) {
        long length = column.length();
        if (length == 0 && column.bytes(1) == 0) {
            return;
        }
        int width = column.field().width();
        long bad = ascent.firstBad(column.base(), column.at(1), length + 1, width, 0);
        if (bad >= 0) {
            throw column.wrong(
                    "offset is negative or decreases", bad, number(column, 1, bad, width));
        }
        long last = number(column, 1, length, width);
        if (last > limit) {
            throw column.wrong("offset lies beyond the data, limit=" + limit, length, last);
        }
    }

    /// Checks that run ends are positive, increase, and reach the length. They are the first child:
    /// its validity is buffer 0 here.
    void runEnds(ColumnBuffers column) {
        long runs = column.childLength();
        if (runs == 0) {
            return;
        }
        int width = column.field().children().getFirst().width() / Byte.SIZE;
        long first = number(column, 1, 0, width);
        long bad = first == 0 ? 0 : ascent.firstBad(column.base(), column.at(1), runs, width, 1);
        if (bad >= 0) {
            throw column.wrong(
                    "run end is not positive or does not increase",
                    bad,
                    number(column, 1, bad, width));
        }
        long last = number(column, 1, runs - 1, width);
        if (last < column.length()) {
            throw column.wrong(
                    "run ends do not reach the length=" + column.length(), runs - 1, last);
        }
    }

    private static long number(ColumnBuffers column, int buffer, long index, int width) {
        return Chunk.number(column.base(), column.at(buffer), index, width);
    }
}
