package dev.arrowshelf.server.search;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.RowFilter;
import dev.arrowshelf.vector.model.SearchAnswer;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.points.Vectors;
import java.util.List;
import java.util.Optional;

/// A search as clients of other hosts write it (docs/spec/flight.md). Immutable.
///
/// Errors: `INVALID_ARGUMENT` for anything that does not fit.
public final class SearchCall {
    private static final String MEMBER = "search";
    private static final int USUAL_NEIGHBOURS = 10;
    private static final List<String> KNOWN =
            List.of(
                    "table", "queries", "k", "radius", "columns", "metric", "index", "recall",
                    "filter", "where", "rows");

    private final CallArguments given;

    private SearchCall(CallArguments given) {
        this.given = given;
        given.requireKnown(KNOWN);
        int limits = 0;
        for (String limit : List.of("filter", "where", "rows")) {
            limits += given.has(limit) ? 1 : 0;
        }
        if (limits > 1) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "more than one of filter, where and rows is given");
        }
    }

    /// Reads a ticket or a command; empty when it is no search.
    public static Optional<SearchCall> parse(byte[] text) {
        return text.length == 0 || text[0] != '{'
                ? Optional.empty()
                : CallArguments.parseMember(MEMBER, text).map(SearchCall::new);
    }

    /// Returns whether all rows within a distance are wanted.
    public boolean hasRadius() {
        return given.has("radius");
    }

    /// Searches.
    public SearchAnswer answer(ConditionalSearch search) {
        Optional<Vectors> queries = given.vectors("queries");
        if (queries.isPresent()) {
            return answer(search, queries.get());
        }
        try (PointTable rows = search.service().vectors(given.text("queries"))) {
            return answer(search, rows);
        }
    }

    private SearchAnswer answer(ConditionalSearch search, Vectors queries) {
        SearchRequest request =
                new SearchRequest(
                        given.text("table"),
                        given.has("columns") ? given.texts("columns") : List.of(),
                        Metric.parse(given.text("metric", "l2")),
                        IndexKind.parse(given.text("index", "auto")),
                        filter(search.service()),
                        given.has("recall") ? given.number("recall") : 0);
        return given.has("where")
                ? search.run(
                        request,
                        new RowCondition(given.text("where")),
                        limited -> found(search.service(), limited, queries))
                : found(search.service(), request, queries);
    }

    private SearchAnswer found(SearchService service, SearchRequest request, Vectors queries) {
        return hasRadius()
                ? service.within(request, queries, given.number("radius"))
                : service.nearest(
                        request, queries, given.has("k") ? given.count("k") : USUAL_NEIGHBOURS);
    }

    private RowFilter filter(SearchService service) {
        if (given.has("rows")) {
            return RowFilter.rows(service.numbers(given.text("rows")));
        }
        return given.has("filter") ? given.filter("filter") : RowFilter.ALL;
    }
}
