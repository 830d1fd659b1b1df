package dev.arrowshelf.vector.graph;

import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.segment.IndexSection;
import dev.arrowshelf.vector.segment.IndexTuning.Calibration;
import dev.arrowshelf.vector.segment.IndexWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Builds a graph where it will lie. The same points give the same graph.
///
/// Thread rule: used by one caller, works on the workers' threads. Memory rule: the points are the
/// caller's, and are only read.
public final class GraphBuilder {
    /* Points go in by batches. Each of a batch looks for its neighbours in the graph as it was before the batch, all at the same time and without a
    lock, and writes its own links, which nobody reads yet. Then the links back are added, each point's by one thread. A batch is a small share of
    what is there, so that it hardly matters that its points do not see each other; and nothing depends on which thread was faster.

    Neighbours are chosen so that they lie in different directions: nearest first, and none that is nearer to a chosen one than to the point.

    [1] Malkov, Yashunin: Efficient and robust approximate nearest neighbor search using hierarchical navigable small world graphs (2016).
    [2] Manohar et al.: ParlayANN: scalable and deterministic parallel graph-based approximate nearest neighbor search algorithms (2024). */

    /// Links of a point where nothing else is wanted.
    public static final int USUAL_LINKS = 16;

    /// Candidates looked at for a point's links.
    public static final int CANDIDATES = 128;

    private static final int MOST_LINKS = 512;
    private static final int MOST_LEVELS = 16;
    private static final int LARGEST_SHARE = 50;
    private static final int GROWTH = 4;
    private static final int LARGE_BATCH = 64;
    private static final long SEED = 7;

    private final float[] points;
    private final int[] rows;
    private final int count;
    private final int dimensions;
    private final int links;
    private final Kernel kernel;
    private final Workers workers;
    private final int[] levelPoints;

    /// Prepares to build.
    ///
    /// @param points vector after vector
    /// @param rows their row numbers
    /// @param wantedLinks links of a point; 0: as many as usual
    public GraphBuilder(
            float[] points,
            int[] rows,
            int count,
            int dimensions,
            int wantedLinks,
            Kernel kernel,
            Workers workers) {
        this.points = points;
        this.rows = rows;
        this.count = count;
        this.dimensions = dimensions;
        this.links = links(wantedLinks);
        this.kernel = kernel;
        this.workers = workers;
        this.levelPoints = levelPoints(count, links);
    }

    /// Returns the links of a point of a graph that is built with a wish.
    ///
    /// @param wanted 0: as many as usual
    public static int links(int wanted) {
        return Math.clamp(wanted > 0 ? wanted : USUAL_LINKS, 2, MOST_LINKS);
    }

    private static int[] levelPoints(int count, int links) {
        int[] sizes = new int[MOST_LEVELS];
        int levels = 0;
        for (long left = count; levels < MOST_LEVELS && (left >= 1 || levels == 0); left /= links) {
            sizes[levels++] = (int) left;
        }
        return Arrays.copyOf(sizes, levels);
    }

    /// Returns the links of a point.
    public int links() {
        return links;
    }

    /// Reserves the sections.
    public void reserve(IndexWriter writer) {
        long width = GraphIndex.width(dimensions);
        writer.section(IndexSection.POINTS, count * width * Float.BYTES)
                .section(IndexSection.ROWS, (long) count * Integer.BYTES)
                .section(IndexSection.LINKS, 2L * count * links * Integer.BYTES)
                .section(IndexSection.LEVELS, GraphIndex.levelBytes(levelPoints, links));
    }

    /// Writes the sections and returns what was measured.
    ///
    /// @param asked coordinates of a query; the others are zero
    /// @param watch told of each point that is in
    public List<Calibration> write(
            IndexWriter writer, MemorySegment memory, int asked, Workers.Watch watch) {
        GraphIndex graph = layOut(writer, memory);
        int[] order = order(levelPoints.length > 1 ? levelPoints[1] : 1);
        int held = GraphCalibration.queries(count);
        insert(graph, order, 0, count - held, watch);
        int[] last = Arrays.copyOfRange(order, count - held, count);
        List<Calibration> measured =
                new GraphCalibration(graph, kernel, workers, last, asked).measure(watch);
        insert(graph, order, count - held, count, watch);
        return measured;
    }

    /// Returns all points in the order in which they go in: those of the higher levels first, as
    /// they are numbered.
    ///
    /// @param high how many keep their places; at least the point where searches begin
    private int[] order(int high) {
        int[] order = new int[count];
        Arrays.setAll(order, i -> i);
        SplittableRandom random = new SplittableRandom(SEED);
        for (int i = count - 1; i > high; i--) {
            int other = high + random.nextInt(i - high + 1);
            int moved = order[other];
            order[other] = order[i];
            order[i] = moved;
        }
        return order;
    }

    private GraphIndex layOut(IndexWriter writer, MemorySegment memory) {
        MemorySegment values = writer.slice(memory, IndexSection.POINTS);
        MemorySegment numbers = writer.slice(memory, IndexSection.ROWS);
        MemorySegment lowest = writer.slice(memory, IndexSection.LINKS).fill((byte) 0xFF);
        MemorySegment levels = writer.slice(memory, IndexSection.LEVELS).fill((byte) 0xFF);
        levels.set(GraphIndex.INT, 0, levelPoints.length - 1);
        for (int level = 1; level < levelPoints.length; level++) {
            levels.set(GraphIndex.INT, (long) level * Integer.BYTES, levelPoints[level]);
        }
        int[] sources =
                new Locality(points, count, dimensions, kernel, workers)
                        .order(levelPoints.length > 1 ? levelPoints[1] : 0, SEED);
        int width = GraphIndex.width(dimensions);
        workers.forBlocks(
                count,
                1024,
                Workers.Watch.NONE,
                () -> new float[width],
                (row, from, to) -> {
                    for (int point = (int) from; point < to; point++) {
                        int source = sources[point];
                        System.arraycopy(points, source * dimensions, row, 0, dimensions);
                        MemorySegment.copy(
                                row,
                                0,
                                values,
                                ValueLayout.JAVA_FLOAT_UNALIGNED,
                                (long) point * width * Float.BYTES,
                                width);
                        numbers.set(GraphIndex.INT, (long) point * Integer.BYTES, rows[source]);
                    }
                });
        return new GraphIndex(dimensions, links, levelPoints, values, numbers, lowest, levels);
    }

    private void insert(GraphIndex graph, int[] order, int from, int to, Workers.Watch watch) {
        int begin = from;
        while (begin < to) {
            int largest = Math.max(LARGE_BATCH, count / LARGEST_SHARE);
            int end = Math.min(to, begin + Math.clamp(begin / GROWTH, 1, largest));
            new Batch(graph, kernel, workers, Arrays.copyOfRange(order, begin, end), begin == 0)
                    .insert();
            watch.done(end - begin);
            begin = end;
        }
    }
}
