package dev.arrowshelf.store.ipc.content;

import dev.arrowshelf.store.ipc.metadata.FieldShape;
import java.util.Arrays;

/// Checks that each type id of a union is one of its own, and that dense offsets lie inside the
/// child they select and never decrease there.
final class UnionCheck {
    private static final int TYPE_IDS = 256;
    private static final long UNKNOWN = -1;

    private final NumberWindow ids;
    private final NumberWindow offsets;

    UnionCheck(NumberWindow ids, NumberWindow offsets) {
        this.ids = ids;
        this.offsets = offsets;
    }

    /// Checks a column.
    void check(ColumnBuffers column) {
        boolean dense = column.field().shape() == FieldShape.DENSE_UNION;
        long[] limits = limits(column);
        long[] lowest = new long[dense ? TYPE_IDS : 0];
        long length = column.length();
        for (long row = 0; row < length; row += Chunk.LENGTH) {
            int count = (int) Math.min(Chunk.LENGTH, length - row);
            long[] typeIds = ids.load(column.base(), column.at(0), row, count, Byte.BYTES);
            for (int i = 0; i < count; i++) {
                if (limits[(int) typeIds[i] & (TYPE_IDS - 1)] == UNKNOWN) {
                    throw column.wrong("union has no such type id", row + i, typeIds[i]);
                }
            }
            if (dense) {
                checkOffsets(column, row, typeIds, limits, lowest, count);
            }
        }
    }

    private void checkOffsets(
            ColumnBuffers column,
            long row,
            long[] typeIds,
            long[] limits,
            long[] lowest,
            int count) {
        long[] values = offsets.load(column.base(), column.at(1), row, count, Integer.BYTES);
        for (int i = 0; i < count; i++) {
            int id = (int) typeIds[i];
            if (values[i] < lowest[id] || values[i] >= limits[id]) {
                throw column.wrong(
                        values[i] >= 0 && values[i] < lowest[id]
                                ? "union offset decreases within its child, before=" + lowest[id]
                                : "union offset lies outside its child, length=" + limits[id],
                        row + i,
                        values[i]);
            }
            lowest[id] = values[i];
        }
    }

    /// Returns the length of the child that each byte selects as a type id.
    private static long[] limits(ColumnBuffers column) {
        long[] lengths = column.childLengths();
        long[] limits = new long[TYPE_IDS];
        Arrays.fill(limits, UNKNOWN);
        for (int id = 0; id < TYPE_IDS; id++) {
            int child = column.field().childOfType(id);
            if (child >= 0) {
                limits[id] = lengths[child];
            }
        }
        return limits;
    }
}
