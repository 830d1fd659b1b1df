package dev.arrowshelf.server.search;

import dev.arrowshelf.server.sql.SqlService;
import dev.arrowshelf.vector.model.SearchAnswer;
import dev.arrowshelf.vector.model.SearchRequest;
import java.util.function.Function;

/// Searches among the rows for which a condition in SQL is true.
///
/// Thread-safe.
///
/// @param service searches
/// @param sql tells which rows pass
public record ConditionalSearch(SearchService service, SqlService sql) {
    /// Searches among the rows that pass.
    ///
    /// @param search runs the request with the filter in it
    public <A extends SearchAnswer> A run(
            SearchRequest request, RowCondition condition, Function<SearchRequest, A> search) {
        return condition.search(sql.engine(), service::generation, request, search);
    }
}
