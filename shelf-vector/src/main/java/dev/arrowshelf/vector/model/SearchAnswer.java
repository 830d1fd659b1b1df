package dev.arrowshelf.vector.model;

/// The rows that queries found, nearest first: as many as wanted, or all within a distance.
///
/// Thread rule: may be read by any thread.
public sealed interface SearchAnswer permits RadiusResult, SearchResult {
    /// Returns the number of queries.
    int queries();

    /// Returns how many rows a query found.
    int count(int query);

    /// Returns the distance at a place of a query.
    float distance(int query, int place);

    /// Returns the row number at a place of a query, -1 for none.
    long id(int query, int place);

    /// Returns how the answer came about.
    SearchFacts facts();
}
