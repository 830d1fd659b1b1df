package dev.arrowshelf.vector.flat;

import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.near.Nearest;
import dev.arrowshelf.vector.near.RowBits;
import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.points.PointCursor;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.points.PointTable.FloatRows;
import dev.arrowshelf.vector.points.Projection;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Looks at every row that passes the filter, for all queries, by direct differences: exact also
/// where points lie close together and far from the origin.
///
/// Thread rule: one search at a time; it works on the workers' threads. Memory rule: rows are laid
/// out as panels in scratch memory of bounded size, which ends with the search.
public final class FlatSearch {
    /* Many queries: a slab of the table, some tens of megabytes, is laid out once by all threads; then each thread takes blocks of queries and
    goes through all panels of the slab: the panel stays in the first cache, the queries in the second. Few queries: each thread takes rows,
    lays out some panels and searches them at once for all queries; what the threads found is put together at the end. One query over float32
    rows of many dimensions is summed where they lie. */
    private static final int PANEL = Kernel.PANEL_POINTS;
    private static final long SLAB_VALUES = 8L << 20;
    private static final int BLOCK_VALUES = 1 << 16;
    private static final int QUERY_BLOCK_VALUES = 1 << 16;
    private static final int LARGEST_QUERY_BLOCK = 480;
    private static final int FEW = 24;
    private static final int ROW_DIMENSIONS = 16;
    private static final int MOST_ROW_QUERIES = 2;

    private final PointTable table;
    private final Projection projection;
    private final @Nullable RowBits filter;
    private final Kernel kernel;
    private final Workers workers;
    private final int dimensions;
    private final boolean products;
    private final int blockRows;
    private final AtomicLong skipped = new AtomicLong();

    /// Prepares to search the vectors of a table.
    public FlatSearch(
            PointTable table,
            Projection projection,
            @Nullable RowBits filter,
            Kernel kernel,
            Workers workers) {
        this.table = table;
        this.projection = projection;
        this.filter = filter;
        this.kernel = kernel;
        this.workers = workers;
        this.dimensions = projection.dimensions();
        this.products = projection.metric() == Metric.INNER_PRODUCT;
        this.blockRows = Math.clamp(BLOCK_VALUES / dimensions / PANEL * (long) PANEL, PANEL, 1024);
    }

    /// Offers all rows to each query.
    ///
    /// @param queries projected, one after the other
    /// @param nearest one for each query; positions are row numbers
    /// @param fresh makes an empty one of the same kind
    public void search(float[] queries, Nearest[] nearest, Supplier<Nearest> fresh) {
        float[] wanted = products ? negated(queries) : queries;
        if (nearest.length == 0) {
            return;
        }
        List<FloatRows> stretches =
                filter == null && projection.keepsFloats() && table.fitsFloat()
                        ? table.floatRows()
                        : List.of();
        if (nearest.length <= MOST_ROW_QUERIES
                && dimensions >= ROW_DIMENSIONS
                && !stretches.isEmpty()) {
            RowSearch search = new RowSearch(kernel, workers, dimensions, products);
            stretches.forEach(rows -> search.search(rows, wanted, nearest, fresh));
            skipped.addAndGet(search.skipped());
        } else if (nearest.length <= FEW) {
            searchFew(wanted, nearest, fresh);
        } else {
            searchMany(wanted, nearest);
        }
    }

    /// Returns how many rows were no vectors.
    public long skipped() {
        return skipped.get();
    }

    private static float[] negated(float[] queries) {
        float[] negative = queries.clone();
        for (int i = 0; i < negative.length; i++) {
            negative[i] = -negative[i];
        }
        return negative;
    }

    // ---------------------------------------------------------------------------------- few
    // queries

    private void searchFew(float[] queries, Nearest[] nearest, Supplier<Nearest> fresh) {
        try (Arena arena = Arena.ofShared()) {
            workers.forBlocks(
                    table.count(),
                    blockRows,
                    Workers.Watch.NONE,
                    () -> new Few(arena, queries, RowSearch.each(nearest.length, fresh)),
                    (few, from, to) -> {
                        int present = few.rows.layOut(few.panels, 0, from, (int) (to - from));
                        for (int first = 0; first < present; first += PANEL) {
                            few.queries.offerPanel(
                                    few.panels,
                                    (long) first * dimensions * Float.BYTES,
                                    few.rows.numbers,
                                    first,
                                    Math.min(PANEL, present - first),
                                    few.nearest,
                                    0);
                        }
                        synchronized (nearest) {
                            RowSearch.handOver(few.nearest, nearest);
                        }
                    });
        }
    }

    private final class Few {
        private final MemorySegment panels;
        private final RowBlock rows = new RowBlock();
        private final QueryBlock queries = new QueryBlock();
        private final Nearest[] nearest;

        Few(Arena arena, float[] wanted, Nearest[] nearest) {
            this.panels = arena.allocate((long) blockRows * dimensions * Float.BYTES, 64);
            this.nearest = nearest;
            this.queries.take(wanted, 0, nearest.length);
        }
    }

    // --------------------------------------------------------------------------------- many
    // queries

    private void searchMany(float[] queries, Nearest[] nearest) {
        long slabRows =
                Math.clamp(
                        SLAB_VALUES / dimensions / blockRows * (long) blockRows,
                        blockRows,
                        Math.max(blockRows, roundedUp(table.count())));
        try (Arena arena = Arena.ofShared()) {
            MemorySegment panels = arena.allocate(slabRows * dimensions * Float.BYTES, 64);
            Slab slab =
                    new Slab(
                            panels,
                            Math.toIntExact(slabRows),
                            Math.toIntExact(slabRows / blockRows));
            for (long from = 0; from < table.count(); from += slabRows) {
                long first = from;
                long rows = Math.min(slabRows, table.count() - from);
                workers.forBlocks(
                        rows,
                        blockRows,
                        Workers.Watch.NONE,
                        RowBlock::new,
                        (block, begin, end) -> {
                            int kept =
                                    block.layOut(panels, begin, first + begin, (int) (end - begin));
                            System.arraycopy(block.numbers, 0, slab.numbers, (int) begin, kept);
                            slab.present[(int) (begin / blockRows)] = kept;
                        });
                slab.blocks = (int) ((rows + blockRows - 1) / blockRows);
                searchSlab(slab, queries, nearest);
            }
        }
    }

    private long roundedUp(long rows) {
        return (rows + blockRows - 1) / blockRows * blockRows;
    }

    private void searchSlab(Slab slab, float[] queries, Nearest[] nearest) {
        int tile = kernel.tileQueries();
        int fair = (nearest.length + workers.threads() - 1) / workers.threads();
        int most =
                Math.clamp(
                        Math.min(QUERY_BLOCK_VALUES / dimensions, fair), tile, LARGEST_QUERY_BLOCK);
        int block = (most + tile - 1) / tile * tile;
        workers.forBlocks(
                nearest.length,
                block,
                Workers.Watch.NONE,
                QueryBlock::new,
                (mine, from, to) -> {
                    mine.take(queries, (int) from, (int) (to - from));
                    mine.offerSlab(slab, nearest, (int) from);
                });
    }

    /// A part of the table laid out as panels: row number of each point, points in each block of
    /// rows.
    private static final class Slab {
        private final MemorySegment panels;
        private final int[] numbers;
        private final int[] present;
        private int blocks;

        Slab(MemorySegment panels, int rows, int blocks) {
            this.panels = panels;
            this.numbers = new int[rows];
            this.present = new int[blocks];
        }
    }

    /// Some rows on their way into panels.
    private final class RowBlock {
        private final PointCursor cursor = new PointCursor(table, projection, filter);
        private final float[] values = new float[blockRows * dimensions];
        private final float[] panel = new float[PANEL * dimensions];
        private final int[] numbers = new int[blockRows];

        /// Lays out rows from a place of the panels on and returns how many were vectors.
        int layOut(MemorySegment panels, long place, long from, int count) {
            long before = cursor.skipped();
            int kept = cursor.read(from, count, values, 0, numbers, 0);
            skipped.addAndGet(cursor.skipped() - before);
            for (int first = 0; first < kept; first += PANEL) {
                int points = Math.min(PANEL, kept - first);
                Panels.transpose(values, first, points, dimensions, panel);
                MemorySegment.copy(
                        panel,
                        0,
                        panels,
                        ValueLayout.JAVA_FLOAT_UNALIGNED,
                        (place + first) * dimensions * Float.BYTES,
                        panel.length);
            }
            return kept;
        }
    }

    /// Some queries, packed for the kernel's tile.
    private final class QueryBlock {
        private final int tile = kernel.tileQueries();
        private final float[] distances = new float[tile * PANEL];
        private float[] packed = {};
        private int count;

        void take(float[] queries, int from, int wanted) {
            count = wanted;
            packed = Panels.pack(queries, from, wanted, dimensions, tile, packed);
        }

        void offerSlab(Slab slab, Nearest[] nearest, int firstQuery) {
            for (int block = 0; block < slab.blocks; block++) {
                int begin = block * blockRows;
                for (int first = 0; first < slab.present[block]; first += PANEL) {
                    offerPanel(
                            slab.panels,
                            (long) (begin + first) * dimensions * Float.BYTES,
                            slab.numbers,
                            begin + first,
                            Math.min(PANEL, slab.present[block] - first),
                            nearest,
                            firstQuery);
                }
            }
        }

        void offerPanel(
                MemorySegment panels,
                long offset,
                int[] numbers,
                int first,
                int points,
                Nearest[] nearest,
                int firstQuery) {
            long there = points == PANEL ? -1L : (1L << points) - 1;
            for (int group = 0; group < count; group += tile) {
                int at = group * dimensions;
                if (products) {
                    kernel.products(panels, offset, packed, at, dimensions, distances);
                } else {
                    kernel.differences(panels, offset, packed, at, dimensions, distances);
                }
                int queries = Math.min(tile, count - group);
                for (int query = 0; query < queries; query++) {
                    Nearest found = nearest[firstQuery + group + query];
                    long below = kernel.below(distances, query * PANEL, found.threshold()) & there;
                    if (below != 0) {
                        found.offerRows(below, distances, query * PANEL, numbers, first);
                    }
                }
            }
        }
    }
}
