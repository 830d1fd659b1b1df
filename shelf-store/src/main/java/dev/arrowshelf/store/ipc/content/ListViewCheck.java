package dev.arrowshelf.store.ipc.content;

/// Checks that each list view lies inside its child. Unlike other columns, the slots of nulls must
/// do so too.
final class ListViewCheck {
    private final NumberWindow offsets;
    private final NumberWindow sizes;

    ListViewCheck(NumberWindow offsets, NumberWindow sizes) {
        this.offsets = offsets;
        this.sizes = sizes;
    }

    /// Checks a column.
    void check(ColumnBuffers column) {
        int width = column.field().width();
        long limit = column.childLength();
        long length = column.length();
        for (long row = 0; row < length; row += Chunk.LENGTH) {
            int count = (int) Math.min(Chunk.LENGTH, length - row);
            long[] from = offsets.load(column.base(), column.at(1), row, count, width);
            long[] size = sizes.load(column.base(), column.at(2), row, count, width);
            for (int i = 0; i < count; i++) {
                if (from[i] < 0 || size[i] < 0 || from[i] > limit - size[i]) {
                    throw column.wrong(
                            "list view lies outside its child, length="
                                    + limit
                                    + ", size="
                                    + size[i],
                            row + i,
                            from[i]);
                }
            }
        }
    }
}
