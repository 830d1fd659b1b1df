package dev.arrowshelf.cli.command;

import dev.arrowshelf.client.ClientOptions;
import dev.arrowshelf.client.ShelfClient;
import dev.arrowshelf.client.config.Address;
import dev.arrowshelf.client.local.SocketSearch;
import dev.arrowshelf.client.search.OwnerFacts;
import dev.arrowshelf.client.search.SearchPort;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.RadiusResult;
import dev.arrowshelf.vector.model.RowFilter;
import dev.arrowshelf.vector.model.SearchFacts;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.model.SearchResult;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Vector search by a daemon: its code is warm, and the index that it builds stays.
///
/// Thread rule: for one thread. Memory rule: owns its connection until [#close()].
final class OwnerSearch implements AutoCloseable {
    private final SearchPort port;

    private OwnerSearch(SearchPort port) {
        this.port = port;
    }

    /// Connects to the daemon of a directory. Error: `UNAVAILABLE`.
    static OwnerSearch connect(Path directory) {
        return new OwnerSearch(SocketSearch.connect(directory));
    }

    /// Connects to the daemon of another host. Error: `UNAVAILABLE`.
    static OwnerSearch connect(Address address) {
        return new OwnerSearch(ShelfClient.connectSearch(ClientOptions.of(address)));
    }

    /// Returns the k nearest rows of each query.
    ///
    /// @param condition an expression of SQL that rows must fulfil, instead of the request's filter
    SearchResult nearest(
            SearchRequest request, @Nullable String condition, SearchPort.Queries queries, int k) {
        SearchPort.Nearest answer = port.nearest(wanted(request, condition), queries, k);
        SearchPort.Found found = answer.found();
        return new SearchResult(
                answer.queries(),
                answer.k(),
                found.distances(),
                found.ids(),
                facts(answer.facts()));
    }

    /// Returns all rows within a distance of each query; the condition as in [#nearest].
    RadiusResult within(
            SearchRequest request,
            @Nullable String condition,
            SearchPort.Queries queries,
            double radius) {
        SearchPort.Around answer = port.within(wanted(request, condition), queries, radius);
        SearchPort.Found found = answer.found();
        return new RadiusResult(
                answer.starts(), found.distances(), found.ids(), facts(answer.facts()));
    }

    private static SearchPort.Filter filter(RowFilter filter) {
        return switch (filter) {
            case RowFilter.All _ -> new SearchPort.Filter.All();
            case RowFilter.Column(String name) -> new SearchPort.Filter.Column(name);
            case RowFilter.Rows rows -> new SearchPort.Filter.Rows(rows.numbers());
        };
    }

    private static SearchPort.Wanted wanted(SearchRequest request, @Nullable String condition) {
        SearchPort.Filter filter =
                condition == null
                        ? filter(request.filter())
                        : new SearchPort.Filter.Condition(condition);
        return new SearchPort.Wanted(
                request.table(),
                request.columns(),
                request.metric().text(),
                request.index().text(),
                request.recall(),
                filter);
    }

    private static SearchFacts facts(OwnerFacts told) {
        return new SearchFacts(
                IndexKind.parse(told.index()),
                told.reason(),
                told.generation(),
                told.searchedRows(),
                told.skippedRows(),
                told.skippedQueries());
    }

    @Override
    public void close() {
        port.close();
    }
}
