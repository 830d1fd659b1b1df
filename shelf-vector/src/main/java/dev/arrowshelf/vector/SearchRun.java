package dev.arrowshelf.vector;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.vector.flat.FlatSearch;
import dev.arrowshelf.vector.index.BuildProgress;
import dev.arrowshelf.vector.index.IndexStore;
import dev.arrowshelf.vector.index.OpenIndex;
import dev.arrowshelf.vector.kernel.Kernels;
import dev.arrowshelf.vector.model.Evaluation;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.IndexSettings;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.RadiusResult;
import dev.arrowshelf.vector.model.SearchFacts;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.model.SearchResult;
import dev.arrowshelf.vector.near.Nearest;
import dev.arrowshelf.vector.near.RowBits;
import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.points.Projection;
import dev.arrowshelf.vector.points.Vectors;
import dev.arrowshelf.vector.segment.IndexIdentity;
import dev.arrowshelf.vector.segment.IndexTuning.Calibration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One search of one generation of a table. For one thread; the work is done by the workers.
final class SearchRun {
    /// Candidates beyond those wanted where coordinates lose digits.
    private static final int SPARE = 4;

    private final SearchRequest request;
    private final ShelfTable table;
    private final PointTable points;
    private final IndexStore indexes;
    private final Workers workers;
    private final PastLooks pastLooks;
    private final @Nullable RowBits filter;

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
        this.workers = workers;
        this.pastLooks = pastLooks;
        this.filter = Filters.rows(request.filter(), table);
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
                    yield byTree(use.index, choice, queries, k);
                }
            }
            case EXACT -> byLooking(choice, queries, k);
            case IVF -> {
                try (Use use = use(IndexKind.IVF)) {
                    yield byLists(use.index, breadth(use.index, k), choice, queries, k);
                }
            }
            case HNSW -> {
                try (Use use = use(IndexKind.HNSW)) {
                    yield byGraph(use.index, breadth(use.index, k), choice, queries, k);
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
                    yield withinByTree(use.index, choice, queries, radius);
                }
            }
            case EXACT, IVF, HNSW -> withinByLooking(choice, queries, radius);
            case AUTO -> throw unknown(choice);
        };
    }

    /// Measures an index with the table's own rows, against exact search of the same rows.
    List<Evaluation> evaluate(IndexKind kind, int samples, int k) {
        Vectors queries = RecallCheck.sample(points, samples);
        SearchResult truth = byLooking(new Choice(IndexKind.EXACT, "the truth"), queries, k);
        List<Evaluation> measured = new ArrayList<>();
        try (Use use = use(kind)) {
            if (kind == IndexKind.KD_TREE) {
                Choice tree = new Choice(kind, "measured");
                measured.add(
                        RecallCheck.timed(0, truth, () -> byTree(use.index, tree, queries, k)));
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
                ? byGraph(index, setting, way, queries, k)
                : byLists(index, setting, way, queries, k);
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

    // ----------------------------------------------------------------------------------- k-d tree

    private SearchResult byTree(OpenIndex index, Choice choice, Vectors queries, int k) {
        Projection projection = index.projection();
        QueryBatch batch = QueryBatch.of(queries, points.dimensions(), projection, workers);
        AnswerSheet sheet =
                new AnswerSheet(batch.total(), k, projection, queries, again(projection, 0));
        int candidates = sheet.candidates(index.bytes().shape().points());
        new TreeRun(index.tree(), filter, workers)
                .run(
                        batch,
                        () -> Nearest.of(candidates),
                        () -> {
                            AnswerSheet.Pen pen = sheet.pen();
                            return (number, found) -> pen.write(number, found, index.tree()::row);
                        });
        return sheet.result(facts(choice, index.bytes().shape().skipped(), batch));
    }

    private RadiusResult withinByTree(
            OpenIndex index, Choice choice, Vectors queries, double radius) {
        Projection projection = index.projection();
        QueryBatch batch = QueryBatch.of(queries, points.dimensions(), projection, workers);
        RadiusSheet sheet =
                new RadiusSheet(
                        batch.total(), radius, projection, queries, measuredAgain(projection));
        new TreeRun(index.tree(), filter, workers)
                .run(
                        batch,
                        () -> Nearest.within(sheet.sum()),
                        () -> (number, found) -> sheet.write(number, found, index.tree()::row));
        return sheet.result(facts(choice, index.bytes().shape().skipped(), batch));
    }

    // -------------------------------------------------------------------------------------- lists

    private int breadth(OpenIndex index, int k) {
        RowBits passing = filter;
        double passed =
                passing == null ? 1 : Math.max(1, passing.count()) / (double) points.count();
        return Breadth.of(index, request.recall(), k, passed);
    }

    private SearchResult byLists(
            OpenIndex index, int probes, Choice choice, Vectors queries, int k) {
        Projection projection = index.projection();
        QueryBatch batch = QueryBatch.of(queries, points.dimensions(), projection, workers);
        AnswerSheet sheet =
                new AnswerSheet(
                        batch.total(),
                        k,
                        projection,
                        queries,
                        again(projection, index.lists().spare(k)));
        int candidates = sheet.candidates(index.bytes().shape().points());
        new ListRun(index.lists(), probes, candidates, filter, workers)
                .run(batch, () -> Nearest.of(candidates), sheet);
        return sheet.result(
                facts(choice.with("probes=" + probes), index.bytes().shape().skipped(), batch));
    }

    private SearchResult byGraph(
            OpenIndex index, int candidates, Choice choice, Vectors queries, int k) {
        Projection projection = index.projection();
        QueryBatch batch = QueryBatch.of(queries, points.dimensions(), projection, workers);
        AnswerSheet sheet =
                new AnswerSheet(batch.total(), k, projection, queries, again(projection, 0));
        int wanted = sheet.candidates(index.bytes().shape().points());
        new GraphRun(index.graph(), Math.max(candidates, wanted), wanted, filter, workers)
                .run(batch, sheet);
        return sheet.result(
                facts(
                        choice.with("candidates=" + candidates),
                        index.bytes().shape().skipped(),
                        batch));
    }

    // -------------------------------------------------------------------------------------- exact

    private SearchResult byLooking(Choice choice, Vectors queries, int k) {
        Projection projection = Projection.of(request.metric(), points);
        QueryBatch batch = QueryBatch.of(queries, points.dimensions(), projection, workers);
        AnswerSheet sheet =
                new AnswerSheet(batch.total(), k, projection, queries, again(projection, 0));
        int candidates = sheet.candidates(points.count());
        Nearest[] nearest = new Nearest[batch.count()];
        Supplier<Nearest> fresh = () -> Nearest.of(candidates);
        long skipped = look(projection, batch, nearest, fresh);
        writeAll(
                nearest,
                sheet::pen,
                (pen, query) -> pen.write(batch.number(query), nearest[query], row -> row));
        return sheet.result(facts(choice, skipped, batch));
    }

    private RadiusResult withinByLooking(Choice choice, Vectors queries, double radius) {
        Projection projection = Projection.of(request.metric(), points);
        QueryBatch batch = QueryBatch.of(queries, points.dimensions(), projection, workers);
        RadiusSheet sheet =
                new RadiusSheet(
                        batch.total(), radius, projection, queries, measuredAgain(projection));
        Nearest[] nearest = new Nearest[batch.count()];
        long skipped = look(projection, batch, nearest, () -> Nearest.within(sheet.sum()));
        writeAll(
                nearest,
                () -> sheet,
                (pen, query) -> pen.write(batch.number(query), nearest[query], row -> row));
        return sheet.result(facts(choice, skipped, batch));
    }

    private long look(
            Projection projection, QueryBatch batch, Nearest[] nearest, Supplier<Nearest> fresh) {
        pastLooks.add(table.generation(), batch.count());
        Arrays.setAll(nearest, _ -> fresh.get());
        FlatSearch flat = new FlatSearch(points, projection, filter, Kernels.chosen(), workers);
        flat.search(batch.values(), nearest, fresh);
        return flat.skipped();
    }

    private <S> void writeAll(Nearest[] nearest, Supplier<S> pens, Writing<S> writing) {
        workers.forBlocks(
                nearest.length,
                256,
                Workers.Watch.NONE,
                pens,
                (pen, from, to) -> {
                    for (int query = (int) from; query < to; query++) {
                        writing.write(pen, query);
                    }
                });
    }

    private @Nullable PointTable measuredAgain(Projection projection) {
        boolean right = points.fitsFloat() && projection.isPlain();
        return right ? null : points;
    }

    private AnswerSheet.@Nullable Again again(Projection projection, int spare) {
        boolean right = spare == 0 && measuredAgain(projection) == null;
        return right ? null : new AnswerSheet.Again(points, Math.max(spare, SPARE));
    }

    private SearchFacts facts(Choice choice, long skipped, QueryBatch batch) {
        RowBits passing = filter;
        long rows = passing == null ? points.count() : passing.count();
        return new SearchFacts(
                choice.kind(),
                choice.reason(),
                table.generation(),
                Math.max(0, rows - skipped),
                skipped,
                batch.total() - batch.count());
    }

    /// Writes down what one query found.
    private interface Writing<S> {
        void write(S pen, int query);
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
