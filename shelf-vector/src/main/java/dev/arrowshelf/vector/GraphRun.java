package dev.arrowshelf.vector;

import dev.arrowshelf.vector.graph.GraphIndex;
import dev.arrowshelf.vector.graph.GraphSearch;
import dev.arrowshelf.vector.kernel.Kernels;
import dev.arrowshelf.vector.near.Nearest;
import dev.arrowshelf.vector.near.RowBits;
import dev.arrowshelf.vector.near.Workers;
import org.jspecify.annotations.Nullable;

/// Searches a graph for all queries of a batch, on the workers' threads. A query that finds fewer
/// rows than wanted looks at all points.
final class GraphRun {
    private static final int BLOCK = 16;

    private final GraphIndex graph;
    private final int candidates;
    private final int wanted;
    private final @Nullable RowBits filter;
    private final Workers workers;

    /// Prepares a search.
    ///
    /// @param candidates kept on the way
    /// @param wanted rows that each query finds, where so many pass
    GraphRun(
            GraphIndex graph,
            int candidates,
            int wanted,
            @Nullable RowBits filter,
            Workers workers) {
        this.graph = graph;
        this.candidates = candidates;
        this.wanted = wanted;
        this.filter = filter;
        this.workers = workers;
    }

    void run(QueryBatch queries, AnswerSheet sheet) {
        RowBits passing = filter;
        long most = passing == null ? graph.points() : passing.count();
        workers.forBlocks(
                queries.count(),
                BLOCK,
                Workers.Watch.NONE,
                () -> new Lane(sheet.pen()),
                (lane, from, to) -> {
                    for (int query = (int) from; query < to; query++) {
                        lane.find(queries.values(), query, (int) Math.min(wanted, most));
                        lane.pen.write(queries.number(query), lane.nearest, graph::row);
                    }
                });
    }

    /// What one thread needs; for one thread.
    private final class Lane {
        private final GraphSearch search = new GraphSearch(graph, candidates, Kernels.chosen());
        private final Nearest nearest = Nearest.of(wanted);
        private final AnswerSheet.Pen pen;

        Lane(AnswerSheet.Pen pen) {
            this.pen = pen;
            RowBits passing = filter;
            if (passing != null) {
                nearest.filterBy(point -> passing.test(graph.row(point)));
            }
        }

        void find(float[] queries, int query, int enough) {
            nearest.begin();
            search.search(queries, query, candidates, nearest, filter != null);
            if (nearest.size() < enough) {
                nearest.begin();
                search.searchAll(queries, query, nearest);
            }
        }
    }
}
