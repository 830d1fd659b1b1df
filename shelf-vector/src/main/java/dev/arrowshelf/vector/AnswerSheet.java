package dev.arrowshelf.vector;

import dev.arrowshelf.vector.index.Memory;
import dev.arrowshelf.vector.model.SearchFacts;
import dev.arrowshelf.vector.model.SearchResult;
import dev.arrowshelf.vector.near.Nearest;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.points.Projection;
import dev.arrowshelf.vector.points.Vectors;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/// Where the k nearest of each query are written down. Candidates of rounded coordinates are
/// measured again from the table's own values, so that distances are right and their order is.
///
/// Thread rule: several threads may write down different queries, each with a pen of its own.
final class AnswerSheet {
    private final int k;
    private final Projection projection;
    private final Vectors queries;
    private final @Nullable Again exact;
    private final float[] distances;
    private final long[] ids;
    private final int total;

    /// Begins with no row for any query.
    ///
    /// @param exact how candidates are measured again, null where distances are right already
    AnswerSheet(int total, int k, Projection projection, Vectors queries, @Nullable Again exact) {
        this.total = total;
        this.k = k;
        this.projection = projection;
        this.queries = queries;
        this.exact = exact;
        Memory.require(3L * total * k, Float.BYTES, "answer");
        Memory.arrayOf(total, k, "answer");
        this.distances = new float[total * k];
        this.ids = new long[total * k];
        Arrays.fill(distances, Float.POSITIVE_INFINITY);
        Arrays.fill(ids, -1);
    }

    /// Returns how many candidates to look for, of so many points.
    int candidates(long points) {
        long wanted = exact == null ? k : (long) k + exact.spare();
        return (int) Math.max(1, Math.min(wanted, points));
    }

    SearchResult result(SearchFacts facts) {
        return new SearchResult(total, k, distances, ids, facts);
    }

    Pen pen() {
        return new Pen();
    }

    /// How candidates are measured again.
    ///
    /// @param table whose values are right
    /// @param spare candidates beyond those wanted
    record Again(PointTable table, int spare) {}

    /// Writes down one query after the other.
    final class Pen {
        private final double[] query = new double[exact == null ? 0 : queries.dimensions()];
        private final double[] point = new double[query.length];
        private double[] measured = {};
        private int[] rows = {};

        /// Writes down what was found for a query.
        ///
        /// @param number of the query
        /// @param row from position to row number
        void write(int number, Nearest found, IntUnaryOperator row) {
            found.finish();
            if (exact != null) {
                measure(exact.table(), number, found, row);
                return;
            }
            int at = number * k;
            int count = Math.min(k, found.size());
            for (int place = 0; place < count; place++) {
                distances[at + place] = projection.distance(found.sum(place));
                ids[at + place] = row.applyAsInt(found.position(place));
            }
        }

        private void measure(PointTable table, int number, Nearest found, IntUnaryOperator row) {
            int size = found.size();
            if (measured.length < size) {
                measured = new double[size];
                rows = new int[size];
            }
            queries.read(number, 1, query, 0);
            for (int place = 0; place < size; place++) {
                int candidate = row.applyAsInt(found.position(place));
                table.read(candidate, 1, point, 0);
                double distance = projection.distance(point, 0, query, 0);
                int target = place;
                while (target > 0 && measured[target - 1] > distance) {
                    measured[target] = measured[target - 1];
                    rows[target] = rows[target - 1];
                    target--;
                }
                measured[target] = distance;
                rows[target] = candidate;
            }
            int at = number * k;
            for (int place = 0; place < Math.min(k, size); place++) {
                distances[at + place] = (float) measured[place];
                ids[at + place] = rows[place];
            }
        }
    }
}
