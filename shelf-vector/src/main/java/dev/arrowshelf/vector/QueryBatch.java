package dev.arrowshelf.vector;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.index.Memory;
import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.points.Projection;
import dev.arrowshelf.vector.points.Vectors;

/// The queries of one search, projected as the points are; those that are no vectors are left out.
///
/// Thread rule: immutable once made.
final class QueryBatch {
    private static final int BLOCK = 1024;

    private final float[] values;
    private final int[] numbers;
    private final int count;
    private final int total;
    private final int dimensions;

    private QueryBatch(float[] values, int[] numbers, int count, int total, int dimensions) {
        this.values = values;
        this.numbers = numbers;
        this.count = count;
        this.total = total;
        this.dimensions = dimensions;
    }

    /// Reads and projects all queries. Errors: `INVALID_ARGUMENT` when they have other dimensions
    /// than the points, `OUT_OF_MEMORY` when they are too many for one search.
    static QueryBatch of(Vectors queries, int dimensions, Projection projection, Workers workers) {
        if (queries.dimensions() != dimensions && queries.count() > 0) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "queries have other dimensions than the table: queries="
                            + queries.dimensions()
                            + ", table="
                            + dimensions);
        }
        int searched = projection.dimensions();
        int total = Memory.arrayOf(queries.count(), searched, "queries");
        float[] values = new float[total * searched];
        boolean[] usable = new boolean[total];
        boolean asTheyAre = queries.fitsFloat() && projection.keepsFloatQueries();
        workers.forBlocks(
                total,
                BLOCK,
                Workers.Watch.NONE,
                () -> new double[asTheyAre ? 0 : dimensions],
                (scratch, from, to) -> {
                    int first = (int) from;
                    int count = (int) (to - from);
                    if (asTheyAre) {
                        copy(queries, first, count, values, usable);
                    } else {
                        project(queries, first, count, projection, scratch, values, usable);
                    }
                });
        return packed(values, usable, total, searched);
    }

    private static void copy(
            Vectors queries, int first, int count, float[] values, boolean[] usable) {
        int dimensions = queries.dimensions();
        queries.readFloats(first, count, values, first * dimensions);
        for (int query = first; query < first + count; query++) {
            usable[query] =
                    !queries.isNull(query)
                            && Projection.isUsable(values, query * dimensions, dimensions);
        }
    }

    private static void project(
            Vectors queries,
            int first,
            int count,
            Projection projection,
            double[] scratch,
            float[] values,
            boolean[] usable) {
        for (int query = first; query < first + count; query++) {
            if (!queries.isNull(query)) {
                queries.read(query, 1, scratch, 0);
                usable[query] =
                        projection.projectQuery(
                                scratch, 0, values, query * projection.dimensions());
            }
        }
    }

    private static QueryBatch packed(float[] values, boolean[] usable, int total, int dimensions) {
        int[] numbers = new int[total];
        int count = 0;
        for (int query = 0; query < total; query++) {
            if (usable[query]) {
                if (count != query) {
                    System.arraycopy(
                            values, query * dimensions, values, count * dimensions, dimensions);
                }
                numbers[count++] = query;
            }
        }
        return new QueryBatch(values, numbers, count, total, dimensions);
    }

    /// The same queries in another order.
    ///
    /// @param order numbers of usable queries, each once
    QueryBatch reordered(int[] order) {
        float[] moved = new float[count * dimensions];
        int[] names = new int[count];
        for (int place = 0; place < count; place++) {
            System.arraycopy(
                    values, order[place] * dimensions, moved, place * dimensions, dimensions);
            names[place] = numbers[order[place]];
        }
        return new QueryBatch(moved, names, count, total, dimensions);
    }

    /// Returns the usable queries, one vector after the other.
    float[] values() {
        return values;
    }

    /// Returns how many are usable.
    int count() {
        return count;
    }

    /// Returns how many there are.
    int total() {
        return total;
    }

    /// Returns the number among all queries of a usable one.
    int number(int usable) {
        return numbers[usable];
    }
}
