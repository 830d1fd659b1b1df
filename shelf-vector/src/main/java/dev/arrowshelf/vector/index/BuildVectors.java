package dev.arrowshelf.vector.index;

import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.points.PointCursor;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.points.Projection;
import java.util.concurrent.atomic.AtomicLong;

/// The vectors of a table, read for a build. The arrays are the build's: some kinds sort them.
final class BuildVectors {
    private static final int READ_VALUES = 1 << 16;

    final float[] values;
    final int[] rows;
    final int count;
    final long skipped;

    private BuildVectors(float[] values, int[] rows, int count, long skipped) {
        this.values = values;
        this.rows = rows;
        this.count = count;
        this.skipped = skipped;
    }

    /// Reads all rows that are vectors, by several threads into one array.
    static BuildVectors read(
            PointTable table, Projection projection, Workers workers, BuildProgress progress) {
        int dimensions = projection.dimensions();
        int total = Memory.arrayOf(table.count(), dimensions + 1L, "vectors of a build");
        float[] values = new float[total * dimensions];
        int[] rows = new int[total];
        int block = Math.max(64, READ_VALUES / dimensions);
        int[] kept = new int[(total + block - 1) / block];
        AtomicLong skipped = new AtomicLong();
        progress.begin("reading", total);
        workers.forBlocks(
                total,
                block,
                progress,
                () -> new PointCursor(table, projection, null),
                (cursor, from, to) -> {
                    long before = cursor.skipped();
                    int at = (int) from;
                    kept[at / block] =
                            cursor.read(from, (int) (to - from), values, at * dimensions, rows, at);
                    skipped.addAndGet(cursor.skipped() - before);
                });
        int count = 0;
        for (int number = 0; number < kept.length; number++) {
            int at = number * block;
            if (at != count) {
                System.arraycopy(
                        values,
                        at * dimensions,
                        values,
                        count * dimensions,
                        kept[number] * dimensions);
                System.arraycopy(rows, at, rows, count, kept[number]);
            }
            count += kept[number];
        }
        return new BuildVectors(values, rows, count, skipped.get());
    }
}
