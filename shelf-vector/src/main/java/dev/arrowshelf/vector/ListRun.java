package dev.arrowshelf.vector;

import dev.arrowshelf.vector.ivf.IvfIndex;
import dev.arrowshelf.vector.ivf.IvfSearch;
import dev.arrowshelf.vector.kernel.Kernels;
import dev.arrowshelf.vector.near.Nearest;
import dev.arrowshelf.vector.near.RowBits;
import dev.arrowshelf.vector.near.Workers;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Searches lists for all queries of a batch, block by block on the workers' threads. A query whose
/// lists hold fewer rows than wanted is searched again in all lists.
final class ListRun {
    /// The more queries go through a list at once, the fewer places of its tiles stay empty.
    private static final int LARGEST_BLOCK = 8192;

    /// Places of answers that a thread has in hand.
    private static final int MOST_PLACES = 1 << 20;

    private final IvfIndex index;
    private final int probes;
    private final IntPredicate passing;
    private final Workers workers;
    private final int wanted;

    /// Prepares a search.
    ///
    /// @param probes lists that each query looks through
    /// @param wanted rows that each query finds, where so many pass
    ListRun(IvfIndex index, int probes, int wanted, @Nullable RowBits filter, Workers workers) {
        this.index = index;
        this.probes = probes;
        this.workers = workers;
        this.wanted = filter == null ? wanted : (int) Math.min(wanted, filter.count());
        this.passing =
                filter == null
                        ? position -> index.row(position) >= 0
                        : position -> {
                            int row = index.row(position);
                            return row >= 0 && filter.test(row);
                        };
    }

    void run(QueryBatch queries, Supplier<Nearest> fresh, AnswerSheet sheet) {
        int block = block(queries.count(), workers.threads(), wanted);
        if (!index.storage().isCoded()) {
            run(queries, fresh, sheet, null, block);
            return;
        }
        try (Arena scratch = Arena.ofShared()) {
            run(queries, fresh, sheet, scratch, block);
        }
    }

    /// Returns how many queries to take at once, so that all threads have the same to do.
    static int block(int queries, int threads, int places) {
        long most = Math.clamp(MOST_PLACES / Math.max(1, places), 1, LARGEST_BLOCK);
        long turns = Math.max(1, -Math.floorDiv(-queries, threads * most));
        return (int) Math.max(1, -Math.floorDiv(-queries, threads * turns));
    }

    private void run(
            QueryBatch queries,
            Supplier<Nearest> fresh,
            AnswerSheet sheet,
            @Nullable Arena scratch,
            int block) {
        workers.forBlocks(
                queries.count(),
                block,
                Workers.Watch.NONE,
                () ->
                        new Lane(
                                new IvfSearch(index, probes, Kernels.chosen(), scratch),
                                sheet.pen()),
                (lane, from, to) -> {
                    Nearest[] nearest = lane.nearest((int) (to - from), fresh, passing);
                    lane.search.search(queries.values(), (int) from, nearest);
                    fill(queries, (int) from, nearest, scratch);
                    for (int query = 0; query < nearest.length; query++) {
                        lane.pen.write(
                                queries.number((int) from + query), nearest[query], index::row);
                    }
                });
    }

    private void fill(QueryBatch queries, int from, Nearest[] nearest, @Nullable Arena scratch) {
        for (int query = 0; query < nearest.length; query++) {
            if (nearest[query].size() < wanted && probes < index.lists()) {
                nearest[query].begin();
                new IvfSearch(index, index.lists(), Kernels.chosen(), scratch)
                        .search(queries.values(), from + query, new Nearest[] {nearest[query]});
            }
        }
    }

    /// What one thread needs; for one thread.
    private static final class Lane {
        private final IvfSearch search;
        private final AnswerSheet.Pen pen;
        private Nearest[] nearest = {};

        Lane(IvfSearch search, AnswerSheet.Pen pen) {
            this.search = search;
            this.pen = pen;
        }

        Nearest[] nearest(int count, Supplier<Nearest> fresh, IntPredicate passing) {
            if (nearest.length != count) {
                nearest = new Nearest[count];
                Arrays.setAll(nearest, _ -> fresh.get());
                for (Nearest each : nearest) {
                    each.filterBy(passing);
                }
            }
            for (Nearest each : nearest) {
                each.begin();
            }
            return nearest;
        }
    }
}
