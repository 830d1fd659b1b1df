package dev.arrowshelf.store.ipc.content;

/// Checks that each index lies inside its dictionary. Slots that are null may hold anything.
final class IndexCheck {
    private final RangeCheck range = new RangeCheck();
    private final NumberWindow numbers;

    IndexCheck(NumberWindow numbers) {
        this.numbers = numbers;
    }

    /// Checks a column.
    ///
    /// @param limit length of the dictionary
    void check(ColumnBuffers column, long limit) {
        int width = column.field().width() / Byte.SIZE;
        boolean signed = column.field().signedIndices();
        long length = column.length();
        long suspect =
                range.firstSuspect(column.base(), column.at(1), length, width, signed, limit);
        if (suspect < 0) {
            return;
        }
        long mask = signed || width == Long.BYTES ? -1L : (1L << column.field().width()) - 1;
        for (long row = suspect; row < length; row += Chunk.LENGTH) {
            int count = (int) Math.min(Chunk.LENGTH, length - row);
            long[] indices = numbers.load(column.base(), column.at(1), row, count, width);
            for (int i = 0; i < count; i++) {
                long index = indices[i] & mask;
                if ((index < 0 || index >= limit) && column.isValid(row + i)) {
                    throw column.wrong(
                            "index lies outside its dictionary, length=" + limit, row + i, index);
                }
            }
        }
    }
}
