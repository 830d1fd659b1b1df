package dev.arrowshelf.vector.flat;

import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.near.Nearest;
import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.points.PointTable.FloatRows;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// Looks at rows of float32 values where they lie, for one query or two.
///
/// Thread rule: one search at a time; it works on the workers' threads.
final class RowSearch {
    private static final long LARGEST_BLOCK_ROWS = 4096;

    private final Kernel kernel;
    private final Workers workers;
    private final int dimensions;
    private final boolean products;
    private final AtomicLong skipped = new AtomicLong();

    /// @param products whether sums are inner products, and not squared distances
    RowSearch(Kernel kernel, Workers workers, int dimensions, boolean products) {
        this.kernel = kernel;
        this.workers = workers;
        this.dimensions = dimensions;
        this.products = products;
    }

    /// Offers all rows to each query.
    void search(FloatRows rows, float[] queries, Nearest[] nearest, Supplier<Nearest> fresh) {
        workers.forBlocks(
                rows.rows(),
                LARGEST_BLOCK_ROWS,
                Workers.Watch.NONE,
                () -> each(nearest.length, fresh),
                (mine, from, to) -> {
                    sumRows(rows, queries, mine, (int) from, (int) to);
                    synchronized (nearest) {
                        handOver(mine, nearest);
                    }
                });
    }

    /// Returns how many rows were no vectors.
    long skipped() {
        return skipped.get();
    }

    private void sumRows(FloatRows rows, float[] queries, Nearest[] mine, int from, int to) {
        long rowBytes = (long) dimensions * Float.BYTES;
        MemorySegment values = rows.values();
        int bad = 0;
        for (int row = from; row < to; row++) {
            for (int query = 0; query < mine.length; query++) {
                int at = query * dimensions;
                float sum =
                        products
                                ? kernel.rowProduct(values, row * rowBytes, queries, at, dimensions)
                                : kernel.rowDifference(
                                        values, row * rowBytes, queries, at, dimensions);
                if (!Float.isFinite(sum)) {
                    bad += query == 0 ? 1 : 0;
                } else if (sum < mine[query].threshold()) {
                    mine[query].offer(sum, (int) (rows.first() + row));
                }
            }
        }
        skipped.addAndGet(bad);
    }

    /// Makes so many empty ones.
    static Nearest[] each(int count, Supplier<Nearest> fresh) {
        Nearest[] made = new Nearest[count];
        Arrays.setAll(made, _ -> fresh.get());
        return made;
    }

    /// Offers what one thread found to the answer, and begins anew.
    static void handOver(Nearest[] mine, Nearest[] all) {
        for (int query = 0; query < mine.length; query++) {
            all[query].offerFrom(mine[query]);
            mine[query].begin();
        }
    }
}
