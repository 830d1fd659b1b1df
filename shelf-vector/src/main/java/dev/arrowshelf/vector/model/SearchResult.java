package dev.arrowshelf.vector.model;

import java.util.Objects;

/// The k nearest rows of each query, nearest first. Places for which there is no row hold infinity
/// and -1.
///
/// Thread rule: may be read by any thread. Memory rule: [#distances()] and [#ids()] are the arrays
/// themselves, a row of k for each query; nobody writes to them.
public final class SearchResult {
    private final int queries;
    private final int k;
    private final float[] distances;
    private final long[] ids;
    private final SearchFacts facts;

    /// Takes over the arrays, of `queries` times `k` values each.
    public SearchResult(int queries, int k, float[] distances, long[] ids, SearchFacts facts) {
        if (distances.length != queries * k || ids.length != queries * k) {
            throw new IllegalArgumentException(
                    "arrays do not fit: queries=%d, k=%d, distances=%d, ids=%d"
                            .formatted(queries, k, distances.length, ids.length));
        }
        this.queries = queries;
        this.k = k;
        this.distances = distances;
        this.ids = ids;
        this.facts = facts;
    }

    /// Returns the number of queries.
    public int queries() {
        return queries;
    }

    /// Returns the number of places of each query.
    public int k() {
        return k;
    }

    /// Returns the distance at a place of a query.
    public float distance(int query, int place) {
        return distances[index(query, place)];
    }

    /// Returns the row number at a place of a query, -1 for none.
    public long id(int query, int place) {
        return ids[index(query, place)];
    }

    /// Returns all distances.
    public float[] distances() {
        return distances;
    }

    /// Returns all row numbers.
    public long[] ids() {
        return ids;
    }

    /// Returns how the answer came about.
    public SearchFacts facts() {
        return facts;
    }

    private int index(int query, int place) {
        Objects.checkIndex(query, queries);
        return query * k + Objects.checkIndex(place, k);
    }
}
