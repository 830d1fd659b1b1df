package dev.arrowshelf.vector.points;

import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Reads the rows of a table that are vectors, projected, without gaps between them.
///
/// Thread rule: for one thread; make one for each.
public final class PointCursor {
    private static final int SCRATCH_VALUES = 1 << 14;

    private final PointTable table;
    private final Projection projection;
    private final @Nullable IntPredicate filter;
    private final boolean direct;
    private final boolean nullable;
    private final int block;
    private final double[] scratch;
    private long skipped;

    /// Reads a table through a projection; rows that do not pass the filter are passed over
    /// silently, rows that are no vectors are counted.
    public PointCursor(PointTable table, Projection projection, @Nullable IntPredicate filter) {
        this.table = table;
        this.projection = projection;
        this.filter = filter;
        this.nullable = table.hasNulls();
        this.direct = table.fitsFloat() && projection.keepsFloats();
        this.block = Math.max(1, SCRATCH_VALUES / table.dimensions());
        this.scratch = direct ? new double[0] : new double[block * table.dimensions()];
    }

    /// Reads at most `count` rows from `from` on and returns how many were vectors.
    ///
    /// @param target their projected coordinates, one vector after the other from `at` on
    /// @param rows their row numbers, from `rowsAt` on
    public int read(long from, int count, float[] target, int at, int[] rows, int rowsAt) {
        int dimensions = projection.dimensions();
        int kept = 0;
        for (int done = 0; done < count; done += block) {
            int part = Math.min(block, count - done);
            kept +=
                    direct
                            ? readFloats(
                                    from + done,
                                    part,
                                    target,
                                    at + kept * dimensions,
                                    rows,
                                    rowsAt + kept)
                            : readDoubles(
                                    from + done,
                                    part,
                                    target,
                                    at + kept * dimensions,
                                    rows,
                                    rowsAt + kept);
        }
        return kept;
    }

    private int readFloats(long from, int count, float[] target, int at, int[] rows, int rowsAt) {
        int dimensions = projection.dimensions();
        table.readFloats(from, count, target, at);
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int row = (int) (from + i);
            if (filter != null && !filter.test(row)) {
                continue;
            }
            int source = at + i * dimensions;
            if ((nullable && table.isNull(row))
                    || !Projection.isUsable(target, source, dimensions)) {
                skipped++;
                continue;
            }
            if (kept != i) {
                System.arraycopy(target, source, target, at + kept * dimensions, dimensions);
            }
            rows[rowsAt + kept++] = row;
        }
        return kept;
    }

    private int readDoubles(long from, int count, float[] target, int at, int[] rows, int rowsAt) {
        int dimensions = projection.dimensions();
        table.read(from, count, scratch, 0);
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int row = (int) (from + i);
            if (filter != null && !filter.test(row)) {
                continue;
            }
            if ((nullable && table.isNull(row))
                    || !projection.project(
                            scratch, i * table.dimensions(), target, at + kept * dimensions)) {
                skipped++;
                continue;
            }
            rows[rowsAt + kept++] = row;
        }
        return kept;
    }

    /// Returns how many rows were no vectors so far.
    public long skipped() {
        return skipped;
    }
}
