package dev.arrowshelf.vector;

import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.vector.flat.FlatSearch;
import dev.arrowshelf.vector.index.OpenIndex;
import dev.arrowshelf.vector.kernel.Kernels;
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
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The ways to search one generation of a table: through an index that is held meanwhile, or by
/// looking at every row. For one thread; the work is done by the workers.
final class SearchWays {
    /// Candidates beyond those wanted where coordinates lose digits.
    private static final int SPARE = 4;

    private final ShelfTable table;
    private final PointTable points;
    private final SearchRequest request;
    private final @Nullable RowBits filter;
    private final Workers workers;
    private final PastLooks pastLooks;

    /// @param filter rows that may be found; null for all
    SearchWays(
            SearchRequest request,
            ShelfTable table,
            PointTable points,
            @Nullable RowBits filter,
            Workers workers,
            PastLooks pastLooks) {
        this.request = request;
        this.table = table;
        this.points = points;
        this.filter = filter;
        this.workers = workers;
        this.pastLooks = pastLooks;
    }

    // ----------------------------------------------------------------------------------- k-d tree

    SearchResult byTree(OpenIndex index, Choice choice, Vectors queries, int k) {
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

    RadiusResult withinByTree(OpenIndex index, Choice choice, Vectors queries, double radius) {
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

    /// Returns how widely an approximate index is searched.
    int breadth(OpenIndex index, int k) {
        RowBits passing = filter;
        double passed =
                passing == null ? 1 : Math.max(1, passing.count()) / (double) points.count();
        return Breadth.of(index, request.recall(), k, passed);
    }

    SearchResult byLists(OpenIndex index, int probes, Choice choice, Vectors queries, int k) {
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

    SearchResult byGraph(OpenIndex index, int candidates, Choice choice, Vectors queries, int k) {
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

    SearchResult byLooking(Choice choice, Vectors queries, int k) {
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

    RadiusResult withinByLooking(Choice choice, Vectors queries, double radius) {
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
}
