package dev.arrowshelf.vector.ivf;

import dev.arrowshelf.vector.flat.Panels;
import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.model.IndexSettings;
import dev.arrowshelf.vector.model.Storage;
import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.segment.IndexSection;
import dev.arrowshelf.vector.segment.IndexTuning.Calibration;
import dev.arrowshelf.vector.segment.IndexWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Trains centres by k-means on a sample and sorts all points into the lists around them. The same
/// points give the same index.
///
/// Thread rule: used by one caller, works on the workers' threads. Memory rule: the points are the
/// caller's, and are only read; centres lie in scratch memory until [#close()].
public final class IvfBuilder implements AutoCloseable {
    /// Rounds of training.
    public static final int ROUNDS = 10;

    private static final int SAMPLES_PER_LIST = 256;
    private static final int MOST_LISTS = 1 << 16;
    private static final int BLOCK = 480;
    private static final long SEED = 7;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final float[] points;
    private final int[] rows;
    private final int count;
    private final int dimensions;
    private final int lists;
    private final Storage storage;
    private final Kernel kernel;
    private final Workers workers;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment centres;
    private final int[] listOf;
    private int[] firstPanels = {};
    private int[] members = {};

    /// Prepares to build.
    ///
    /// @param points vector after vector
    /// @param rows their row numbers
    /// @param settings 0 lists: the square root of the number of points
    public IvfBuilder(
            float[] points,
            int[] rows,
            int count,
            int dimensions,
            IndexSettings settings,
            Kernel kernel,
            Workers workers) {
        this.storage = settings.storage() == Storage.AUTO ? Storage.FLOAT32 : settings.storage();
        this.points = points;
        this.rows = rows;
        this.count = count;
        this.dimensions = dimensions;
        this.lists = lists(settings.lists(), count);
        this.kernel = kernel;
        this.workers = workers;
        this.centres =
                arena.allocate(
                        IvfIndex.panelBytes(IvfIndex.panels(lists), dimensions), Long.BYTES * 8);
        this.listOf = new int[count];
    }

    /// Returns the number of lists of an index of so many points.
    ///
    /// @param wanted 0: as usual
    public static int lists(int wanted, int points) {
        int usual = wanted > 0 ? wanted : (int) Math.sqrt(points);
        return Math.clamp(Math.min(usual, points), 1, MOST_LISTS);
    }

    /// Returns how coordinates are kept.
    public Storage storage() {
        return storage;
    }

    /// Returns the number of lists.
    public int lists() {
        return lists;
    }

    /// Trains the centres and finds each point's list.
    public void train(Workers.Watch watch) {
        Workers.Watch ended = _ -> watch.done(0);
        SplittableRandom random = new SplittableRandom(SEED);
        int samples = (int) Math.min(count, (long) lists * SAMPLES_PER_LIST);
        float[] sample = sample(samples, random);
        float[] means = Arrays.copyOf(sample, lists * dimensions);
        int[] nearest = new int[samples];
        for (int round = 0; round < ROUNDS && samples > 0; round++) {
            layOutCentres(means);
            assign(sample, samples, nearest, ended);
            average(sample, samples, nearest, means, random);
            watch.done(Math.max(1, count / ROUNDS));
        }
        layOutCentres(means);
        assign(points, count, listOf, ended);
        placeLists();
    }

    /// Takes points without repetition; all of them, in another order, when the sample is as large.
    private float[] sample(int samples, SplittableRandom random) {
        int[] order = new int[count];
        Arrays.setAll(order, i -> i);
        float[] sample = new float[samples * dimensions];
        for (int i = 0; i < samples; i++) {
            int other = i + random.nextInt(count - i);
            int taken = order[other];
            order[other] = order[i];
            order[i] = taken;
            System.arraycopy(points, taken * dimensions, sample, i * dimensions, dimensions);
        }
        return sample;
    }

    private void layOutCentres(float[] means) {
        float[] panel = new float[IvfIndex.PANEL * dimensions];
        for (int first = 0; first < lists; first += IvfIndex.PANEL) {
            Panels.transpose(
                    means, first, Math.min(IvfIndex.PANEL, lists - first), dimensions, panel);
            MemorySegment.copy(
                    panel,
                    0,
                    centres,
                    FLOAT,
                    (long) first * dimensions * Float.BYTES,
                    panel.length);
        }
    }

    private void assign(float[] vectors, int vectorCount, int[] target, Workers.Watch watch) {
        float[] best = new float[vectorCount];
        workers.forBlocks(
                vectorCount,
                BLOCK,
                watch,
                () -> new CentreSearch(kernel, dimensions),
                (search, from, to) ->
                        search.assign(centres, lists, vectors, (int) from, (int) to, target, best));
    }

    /// Moves each centre to the mean of its vectors; one without any to a vector of the sample.
    private void average(
            float[] sample, int samples, int[] nearest, float[] means, SplittableRandom random) {
        List<Sums> parts = new ArrayList<>();
        workers.forBlocks(
                samples,
                1 << 12,
                Workers.Watch.NONE,
                () -> {
                    Sums mine = new Sums(lists, dimensions);
                    synchronized (parts) {
                        parts.add(mine);
                    }
                    return mine;
                },
                (mine, from, to) -> mine.add(sample, nearest, (int) from, (int) to));
        Sums total = parts.getFirst();
        parts.stream().skip(1).forEach(total::add);
        for (int list = 0; list < lists; list++) {
            if (total.counts[list] == 0) {
                System.arraycopy(
                        sample,
                        random.nextInt(samples) * dimensions,
                        means,
                        list * dimensions,
                        dimensions);
                continue;
            }
            for (int e = 0; e < dimensions; e++) {
                int at = list * dimensions + e;
                means[at] = (float) (total.values[at] / total.counts[list]);
            }
        }
    }

    private void placeLists() {
        int[] sizes = new int[lists];
        for (int list : listOf) {
            sizes[list]++;
        }
        firstPanels = new int[lists + 1];
        for (int list = 0; list < lists; list++) {
            firstPanels[list + 1] = firstPanels[list] + IvfIndex.panels(sizes[list]);
        }
    }

    /// Reserves the sections; after the training.
    public void reserve(IndexWriter writer) {
        long panels = firstPanels[lists];
        writer.section(IndexSection.CENTROIDS, centres.byteSize())
                .section(IndexSection.LISTS, (lists + 1L) * Integer.BYTES)
                .section(IndexSection.POINTS, IvfIndex.codeBytes(panels, dimensions, storage))
                .section(IndexSection.ROWS, panels * IvfIndex.PANEL * Integer.BYTES);
        if (storage.isCoded()) {
            writer.section(IndexSection.SCALES, IvfIndex.scaleBytes(lists, dimensions, storage));
        }
    }

    /// Writes the sections and returns the index over them.
    public IvfIndex write(IndexWriter writer, MemorySegment memory, Workers.Watch watch) {
        MemorySegment middles = writer.slice(memory, IndexSection.CENTROIDS).copyFrom(centres);
        MemorySegment.copy(
                firstPanels,
                0,
                writer.slice(memory, IndexSection.LISTS),
                IvfIndex.INT,
                0,
                firstPanels.length);
        members = membersByList();
        MemorySegment panels = writer.slice(memory, IndexSection.POINTS);
        MemorySegment numbers = writer.slice(memory, IndexSection.ROWS);
        MemorySegment scales =
                storage.isCoded() ? writer.slice(memory, IndexSection.SCALES) : MemorySegment.NULL;
        workers.forBlocks(
                lists,
                4,
                written -> watch.done(written * count / lists),
                () -> new ListWriter(points, rows, dimensions, storage),
                (writing, from, to) -> {
                    for (int list = (int) from; list < to; list++) {
                        int first = firstPanels[list] * IvfIndex.PANEL;
                        int end = firstPanels[list + 1] * IvfIndex.PANEL;
                        writing.begin(list, members, first, end, middles, scales);
                        writing.write(members, first, end, panels, numbers);
                    }
                });
        return new IvfIndex(
                dimensions,
                firstPanels,
                middles.asReadOnly(),
                panels.asReadOnly(),
                numbers.asReadOnly(),
                storage,
                scales.asReadOnly());
    }

    /// Measures the index that was written, with some of its points.
    ///
    /// @param asked coordinates of a query; the others are zero
    public List<Calibration> measure(IvfIndex index, int asked, Workers.Watch watch) {
        int samples = IvfCalibration.queries(count);
        float[] queries = new float[samples * dimensions];
        for (int query = 0; query < samples; query++) {
            int point = (int) ((long) count * query / samples);
            System.arraycopy(points, point * dimensions, queries, query * dimensions, asked);
        }
        return new IvfCalibration(
                        index,
                        new BuiltPoints(points, dimensions, members),
                        kernel,
                        workers,
                        new IvfCalibration.Queries(queries, samples, asked == dimensions))
                .measure(watch);
    }

    /// Returns for each position the point that lies there, -1 for none.
    private int[] membersByList() {
        int[] placed = new int[firstPanels[lists] * IvfIndex.PANEL];
        Arrays.fill(placed, -1);
        int[] next = new int[lists];
        Arrays.setAll(next, list -> firstPanels[list] * IvfIndex.PANEL);
        for (int point = 0; point < count; point++) {
            placed[next[listOf[point]]++] = point;
        }
        return placed;
    }

    @Override
    public void close() {
        arena.close();
    }

    /// Sums of vectors by list; for one thread.
    private static final class Sums {
        private final int dimensions;
        private final double[] values;
        private final int[] counts;

        Sums(int lists, int dimensions) {
            this.dimensions = dimensions;
            this.values = new double[lists * dimensions];
            this.counts = new int[lists];
        }

        void add(float[] vectors, int[] lists, int from, int to) {
            for (int vector = from; vector < to; vector++) {
                int at = lists[vector] * dimensions;
                counts[lists[vector]]++;
                for (int e = 0; e < dimensions; e++) {
                    values[at + e] += vectors[vector * dimensions + e];
                }
            }
        }

        void add(Sums other) {
            for (int i = 0; i < values.length; i++) {
                values[i] += other.values[i];
            }
            for (int i = 0; i < counts.length; i++) {
                counts[i] += other.counts[i];
            }
        }
    }
}
