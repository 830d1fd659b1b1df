package dev.arrowshelf.vector;

import dev.arrowshelf.vector.kernel.Kernels;
import dev.arrowshelf.vector.near.Nearest;
import dev.arrowshelf.vector.near.RowBits;
import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.tree.KdSearch;
import dev.arrowshelf.vector.tree.KdTree;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Searches a k-d tree for all queries of a batch, on the workers' threads. Many queries are taken
/// in the order of the leaves they fall into.
final class TreeRun {
    private static final int BLOCK = 256;
    private static final int FEW = 1024;

    private final KdTree tree;
    private final @Nullable RowBits filter;
    private final Workers workers;

    TreeRun(KdTree tree, @Nullable RowBits filter, Workers workers) {
        this.tree = tree;
        this.filter = filter;
        this.workers = workers;
    }

    /// Searches, and hands what was found for each query to a taker.
    <T extends Taker> void run(QueryBatch queries, Supplier<Nearest> fresh, Supplier<T> takers) {
        QueryBatch ordered = queries.count() < FEW ? queries : byLeaf(queries);
        RowBits passing = filter;
        workers.forBlocks(
                ordered.count(),
                BLOCK,
                Workers.Watch.NONE,
                () -> new Lane<>(tree, fresh.get(), takers.get(), passing),
                (lane, from, to) -> {
                    for (int query = (int) from; query < to; query++) {
                        lane.nearest.begin();
                        lane.search.search(
                                ordered.values(), query * tree.dimensions(), lane.nearest);
                        lane.taker.take(ordered.number(query), lane.nearest);
                    }
                });
    }

    private QueryBatch byLeaf(QueryBatch queries) {
        int count = queries.count();
        int[] leafOf = new int[count];
        workers.forBlocks(
                count,
                BLOCK * 16L,
                Workers.Watch.NONE,
                () -> new KdSearch(tree, Kernels.chosen()),
                (search, from, to) -> {
                    for (int query = (int) from; query < to; query++) {
                        leafOf[query] = search.leafOf(queries.values(), query * tree.dimensions());
                    }
                });
        int[] next = new int[Math.max(1, KdTree.leaves(tree.points())) + 1];
        for (int leaf : leafOf) {
            next[leaf + 1]++;
        }
        for (int leaf = 1; leaf < next.length; leaf++) {
            next[leaf] += next[leaf - 1];
        }
        int[] order = new int[count];
        for (int query = 0; query < count; query++) {
            order[next[leafOf[query]]++] = query;
        }
        return queries.reordered(order);
    }

    /// Takes what was found for a query; for one thread.
    interface Taker {
        void take(int number, Nearest found);
    }

    private static final class Lane<T extends Taker> {
        private final KdSearch search;
        private final Nearest nearest;
        private final T taker;

        Lane(KdTree tree, Nearest nearest, T taker, @Nullable RowBits filter) {
            this.search = new KdSearch(tree, Kernels.chosen());
            this.nearest = nearest;
            this.taker = taker;
            if (filter == null) {
                nearest.filterBy(null);
            } else {
                nearest.filterBy(position -> filter.test(tree.row(position)));
            }
        }
    }
}
