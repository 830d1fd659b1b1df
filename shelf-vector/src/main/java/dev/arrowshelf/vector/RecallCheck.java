package dev.arrowshelf.vector;

import dev.arrowshelf.vector.model.Evaluation;
import dev.arrowshelf.vector.model.SearchResult;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.points.Vectors;
import java.util.function.Supplier;

/// What a setting of an index gives: recall against exact search of the same queries, and time.
final class RecallCheck {
    private RecallCheck() {}

    /// Returns rows of a table as queries, evenly spread.
    static Vectors sample(PointTable points, int samples) {
        int count = (int) Math.min(samples, points.count());
        double[] values = new double[count * points.dimensions()];
        for (int query = 0; query < count; query++) {
            long row = points.count() * query / count;
            points.read(row, 1, values, query * points.dimensions());
        }
        return Vectors.of(values, points.dimensions());
    }

    /// Searches twice and keeps the better time.
    static Evaluation timed(int setting, SearchResult truth, Supplier<SearchResult> search) {
        long cold = System.nanoTime();
        double recall = Breadth.recall(search.get(), truth);
        long warm = System.nanoTime();
        SearchResult found = search.get();
        long nanos = Math.min(System.nanoTime() - warm, warm - cold);
        double micros = nanos / 1000.0 / Math.max(1, found.queries());
        return new Evaluation(found.facts().index(), setting, recall, micros);
    }
}
