package dev.arrowshelf.vector;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.vector.index.BuildProgress;
import dev.arrowshelf.vector.index.IndexStore;
import dev.arrowshelf.vector.index.OpenIndex;
import dev.arrowshelf.vector.model.Evaluation;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.IndexSettings;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.RadiusResult;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.model.SearchResult;
import dev.arrowshelf.vector.near.RowBits;
import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.points.Vectors;
import dev.arrowshelf.vector.segment.IndexIdentity;
import dev.arrowshelf.vector.segment.IndexTuning.Calibration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One search of one generation of a table. For one thread; the work is done by the workers.
final class SearchRun {
    private final SearchRequest request;
    private final ShelfTable table;
    private final PointTable points;
    private final IndexStore indexes;
    private final PastLooks pastLooks;
    private final @Nullable RowBits filter;
    private final SearchWays ways;

    SearchRun(
            SearchRequest request,
            ShelfTable table,
            PointTable points,
            IndexStore indexes,
            Workers workers,
            PastLooks pastLooks) {
        this.request = request;
        this.table = table;
        this.points = points;
        this.indexes = indexes;
        this.pastLooks = pastLooks;
        this.filter = Filters.rows(request.filter(), table);
        this.ways = new SearchWays(request, table, points, filter, workers, pastLooks);
        if (points.count() > Integer.MAX_VALUE - 64) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "table has too many rows for a search: rows=" + points.count());
        }
    }

    SearchResult nearest(Vectors queries, int k) {
        Choice choice = choose(queries.count());
        return switch (choice.kind()) {
            case KD_TREE -> {
                try (Use use = use(IndexKind.KD_TREE)) {
                    yield ways.byTree(use.index, choice, queries, k);
                }
            }
            case EXACT -> ways.byLooking(choice, queries, k);
            case IVF -> {
                try (Use use = use(IndexKind.IVF)) {
                    yield ways.byLists(use.index, ways.breadth(use.index, k), choice, queries, k);
                }
            }
            case HNSW -> {
                try (Use use = use(IndexKind.HNSW)) {
                    yield ways.byGraph(use.index, ways.breadth(use.index, k), choice, queries, k);
                }
            }
            case AUTO -> throw unknown(choice);
        };
    }

    RadiusResult within(Vectors queries, double radius) {
        Choice choice = choose(queries.count());
        return switch (choice.kind()) {
            case KD_TREE -> {
                try (Use use = use(IndexKind.KD_TREE)) {
                    yield ways.withinByTree(use.index, choice, queries, radius);
                }
            }
            case EXACT, IVF, HNSW -> ways.withinByLooking(choice, queries, radius);
            case AUTO -> throw unknown(choice);
        };
    }

    /// Measures an index with the table's own rows, against exact search of the same rows.
    List<Evaluation> evaluate(IndexKind kind, int samples, int k) {
        Vectors queries = RecallCheck.sample(points, samples);
        SearchResult truth = ways.byLooking(new Choice(IndexKind.EXACT, "the truth"), queries, k);
        List<Evaluation> measured = new ArrayList<>();
        try (Use use = use(kind)) {
            if (kind == IndexKind.KD_TREE) {
                Choice tree = new Choice(kind, "measured");
                measured.add(
                        RecallCheck.timed(
                                0, truth, () -> ways.byTree(use.index, tree, queries, k)));
            } else {
                Choice way = new Choice(kind, "measured");
                for (Calibration each : use.index.bytes().tuning().calibration()) {
                    int setting = each.setting();
                    measured.add(
                            RecallCheck.timed(
                                    setting,
                                    truth,
                                    () -> byIndex(use.index, setting, way, queries, k)));
                }
            }
        }
        return measured;
    }

    private SearchResult byIndex(OpenIndex index, int setting, Choice way, Vectors queries, int k) {
        return way.kind() == IndexKind.HNSW
                ? ways.byGraph(index, setting, way, queries, k)
                : ways.byLists(index, setting, way, queries, k);
    }

    private Choice choose(long queries) {
        int dimensions = request.metric() == Metric.HAVERSINE ? 3 : points.dimensions();
        RowBits passing = filter;
        return Choice.of(
                        request,
                        dimensions,
                        passing == null ? points.count() : passing.count(),
                        points.count(),
                        new Choice.Load(queries, pastLooks.of(table.generation())),
                        there(queries))
                .checked(request.metric());
    }

    private Choice.There there(long queries) {
        if (request.index() != IndexKind.AUTO) {
            return Choice.There.NONE; // nothing is chosen: a look for each kind costs microseconds
        }
        OpenIndex tree = indexes.find(identity(IndexKind.KD_TREE));
        OpenIndex lists = indexes.find(identity(IndexKind.IVF));
        OpenIndex graph = indexes.find(identity(IndexKind.HNSW));
        try {
            boolean faster =
                    graph != null
                            && (lists == null
                                    || Breadth.micros(graph, request.recall(), queries)
                                            < Breadth.micros(lists, request.recall(), queries));
            return new Choice.There(tree != null, lists != null, graph != null, faster);
        } finally {
            Stream.of(tree, lists, graph).filter(Objects::nonNull).forEach(OpenIndex::release);
        }
    }

    private IndexIdentity identity(IndexKind kind) {
        return new IndexIdentity(
                table.name(), table.generation(), points.columns(), request.metric(), kind);
    }

    private Use use(IndexKind kind) {
        return new Use(
                indexes.obtain(identity(kind), IndexSettings.USUAL, points, new BuildProgress()));
    }

    private ShelfException unknown(Choice choice) {
        return new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                "no such index to search: index=" + choice.kind().text());
    }

    /// An index while it is searched.
    private static final class Use implements AutoCloseable {
        private final OpenIndex index;

        Use(OpenIndex index) {
            this.index = index;
        }

        @Override
        public void close() {
            index.release();
        }
    }
}
