package dev.arrowshelf.cli.command;

import dev.arrowshelf.client.local.OwnerFacts;
import dev.arrowshelf.client.local.SearchPort;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.RadiusResult;
import dev.arrowshelf.vector.model.RowFilter;
import dev.arrowshelf.vector.model.SearchFacts;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.model.SearchResult;
import java.nio.file.Path;

/// Vector search by the daemon of a directory: its code is warm, and the index that it builds
/// stays.
///
/// Thread rule: for one thread. Memory rule: owns its connection until [#close()].
final class OwnerSearch implements AutoCloseable {
    private final SearchPort port;

    private OwnerSearch(SearchPort port) {
        this.port = port;
    }

    /// Connects to the daemon of a directory. Error: `UNAVAILABLE`.
    static OwnerSearch connect(Path directory) {
        return new OwnerSearch(SearchPort.connect(directory));
    }

    /// Returns the k nearest rows of each query.
    SearchResult nearest(SearchRequest request, SearchPort.Queries queries, int k) {
        SearchPort.Nearest answer = port.nearest(wanted(request), queries, k);
        SearchPort.Found found = answer.found();
        return new SearchResult(
                answer.queries(),
                answer.k(),
                found.distances(),
                found.ids(),
                facts(answer.facts()));
    }

    /// Returns all rows within a distance of each query.
    RadiusResult within(SearchRequest request, SearchPort.Queries queries, double radius) {
        SearchPort.Around answer = port.within(wanted(request), queries, radius);
        SearchPort.Found found = answer.found();
        return new RadiusResult(
                answer.starts(), found.distances(), found.ids(), facts(answer.facts()));
    }

    private static SearchPort.Wanted wanted(SearchRequest request) {
        String column =
                switch (request.filter()) {
                    case RowFilter.All _ -> "";
                    case RowFilter.Column(String name) -> name;
                    case RowFilter.Rows _ ->
                            throw new IllegalArgumentException("rows are no filter of a command");
                };
        return new SearchPort.Wanted(
                request.table(),
                request.columns(),
                request.metric().text(),
                request.index().text(),
                request.recall(),
                column);
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
