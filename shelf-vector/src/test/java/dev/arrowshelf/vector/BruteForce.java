package dev.arrowshelf.vector;

import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.points.Projection;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// The plain answer to a search, in doubles: measure every row, sort.
final class BruteForce {
    private final double[][] points;
    private final Metric metric;

    BruteForce(double[][] points, Metric metric) {
        this.points = points;
        this.metric = metric;
    }

    double distance(double[] query, int row) {
        Projection projection = new Projection(metric, query.length, new double[query.length]);
        return projection.distance(points[row], 0, query, 0);
    }

    /// All rows that are vectors and pass, nearest first.
    int[] ranked(double[] query, IntPredicate passes) {
        return IntStream.range(0, points.length)
                .filter(row -> points[row].length > 0 && passes.test(row) && isUsable(points[row]))
                .boxed()
                .sorted(Comparator.comparingDouble(row -> distance(query, row)))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private boolean isUsable(double[] point) {
        boolean finite = Arrays.stream(point).allMatch(Double::isFinite);
        boolean long0 = Arrays.stream(point).anyMatch(value -> value != 0);
        return finite && (metric != Metric.COSINE || long0);
    }
}
