package dev.arrowshelf.vector.segment;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;

/// What can be indexed.
public final class IndexLimits {
    /// Most dimensions of a k-d tree.
    public static final int TREE_DIMENSIONS = 32;

    /// Most dimensions at all.
    public static final int DIMENSIONS = 1 << 16;

    private IndexLimits() {}

    /// Checks that an index of a table can be made. Error: `INVALID_ARGUMENT`.
    public static void check(IndexIdentity identity, int dimensions, long rows) {
        if (rows > Integer.MAX_VALUE - 64) {
            throw refused("table has too many rows for an index", identity, "rows=" + rows);
        }
        if (identity.kind() == IndexKind.KD_TREE && dimensions > TREE_DIMENSIONS) {
            throw refused(
                    "a k-d tree is for few dimensions",
                    identity,
                    "dimensions=" + dimensions + ", greatest=" + TREE_DIMENSIONS);
        }
        if (identity.metric() == Metric.INNER_PRODUCT && identity.kind() == IndexKind.KD_TREE) {
            throw refused("a k-d tree finds distances only", identity, "metric=ip");
        }
        if (dimensions > DIMENSIONS) {
            throw refused(
                    "vectors are too long",
                    identity,
                    "dimensions=" + dimensions + ", greatest=" + DIMENSIONS);
        }
    }

    private static ShelfException refused(String fact, IndexIdentity identity, String numbers) {
        return new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                fact
                        + ": table="
                        + identity.table()
                        + ", index="
                        + identity.kind().text()
                        + ", "
                        + numbers);
    }
}
