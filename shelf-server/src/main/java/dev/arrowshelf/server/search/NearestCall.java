package dev.arrowshelf.server.search;

import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.vector.VectorSearch;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.points.Vectors;
import java.util.Optional;

/// What the table function `nearest` of SQL was given, read from JSON. Immutable.
///
/// Errors: `INVALID_ARGUMENT` for anything that does not fit.
public final class NearestCall {
    private final CallArguments given;

    private NearestCall(CallArguments given) {
        this.given = given;
    }

    /// Reads what was given.
    public static NearestCall parse(String wanted) {
        return new NearestCall(CallArguments.parse(wanted));
    }

    /// Searches, and returns the rows that were found; the caller closes them.
    public ShelfTable rows(VectorSearch search) {
        SearchRequest request =
                new SearchRequest(
                        given.text("table"),
                        given.texts("columns"),
                        Metric.parse(given.text("metric")),
                        IndexKind.parse(given.text("index")),
                        given.filter("filter"),
                        given.number("recall"));
        int k = given.count("k");
        Optional<Vectors> queries = given.vectors("queries");
        if (queries.isPresent()) {
            return search.nearestRows(request, queries.get(), k);
        }
        try (PointTable rows = search.vectors(given.text("queries"))) {
            return search.nearestRows(request, rows, k);
        }
    }
}
