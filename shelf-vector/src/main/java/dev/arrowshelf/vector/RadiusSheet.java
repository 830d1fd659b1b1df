package dev.arrowshelf.vector;

import dev.arrowshelf.vector.index.Memory;
import dev.arrowshelf.vector.model.RadiusResult;
import dev.arrowshelf.vector.model.SearchFacts;
import dev.arrowshelf.vector.near.Nearest;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.points.Projection;
import dev.arrowshelf.vector.points.Vectors;
import java.util.Arrays;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Where the rows within a radius of each query are written down.
///
/// Thread rule: several threads may write down different queries.
final class RadiusSheet {
    /// How much farther is looked where coordinates are rounded and measured again.
    private static final double MARGIN = 1e-5;

    private final double radius;
    private final Projection projection;
    private final Vectors queries;
    private final @Nullable PointTable exact;
    private final float[][] distances;
    private final long[][] ids;
    private final AtomicLong found = new AtomicLong();

    RadiusSheet(
            int total,
            double radius,
            Projection projection,
            Vectors queries,
            @Nullable PointTable exact) {
        this.radius = radius;
        this.projection = projection;
        this.queries = queries;
        this.exact = exact;
        this.distances = new float[total][];
        this.ids = new long[total][];
        Arrays.fill(distances, new float[0]);
        Arrays.fill(ids, new long[0]);
    }

    /// Returns the sum up to which candidates are wanted.
    float sum() {
        double sum = projection.sum(radius);
        return (float) (exact == null ? sum : sum * (1 + MARGIN) + Float.MIN_NORMAL);
    }

    /// Writes down what was found for a query.
    void write(int number, Nearest nearest, IntUnaryOperator row) {
        nearest.finish();
        int size = nearest.size();
        Memory.require(found.addAndGet(size) * 3, Float.BYTES, "answer");
        float[] sorted = new float[size];
        long[] rows = new long[size];
        for (int place = 0; place < size; place++) {
            sorted[place] = projection.distance(nearest.sum(place));
            rows[place] = row.applyAsInt(nearest.position(place));
        }
        distances[number] = sorted;
        ids[number] = rows;
        PointTable table = exact;
        if (table != null) {
            measure(table, number);
        }
    }

    private void measure(PointTable table, int number) {
        double[] query = new double[queries.dimensions()];
        double[] point = new double[query.length];
        queries.read(number, 1, query, 0);
        long[] rows = ids[number];
        double[] measured = new double[rows.length];
        for (int place = 0; place < rows.length; place++) {
            table.read(rows[place], 1, point, 0);
            measured[place] = projection.distance(point, 0, query, 0);
        }
        int[] kept =
                IntStream.range(0, rows.length)
                        .filter(place -> measured[place] <= radius)
                        .boxed()
                        .sorted(Comparator.comparingDouble(place -> measured[place]))
                        .mapToInt(Integer::intValue)
                        .toArray();
        float[] sorted = new float[kept.length];
        long[] names = new long[kept.length];
        for (int place = 0; place < kept.length; place++) {
            sorted[place] = (float) measured[kept[place]];
            names[place] = rows[kept[place]];
        }
        distances[number] = sorted;
        ids[number] = names;
    }

    RadiusResult result(SearchFacts facts) {
        int[] offsets = new int[distances.length + 1];
        long total = 0;
        for (int query = 0; query < distances.length; query++) {
            total += distances[query].length;
            offsets[query + 1] = Memory.arrayOf(total, 1, "answer");
        }
        float[] joined = new float[(int) total];
        long[] rows = new long[(int) total];
        for (int query = 0; query < distances.length; query++) {
            System.arraycopy(distances[query], 0, joined, offsets[query], distances[query].length);
            System.arraycopy(ids[query], 0, rows, offsets[query], ids[query].length);
        }
        return new RadiusResult(offsets, joined, rows, facts);
    }
}
