package dev.arrowshelf.vector.model;

import java.util.Objects;

/// The k nearest rows of each query, nearest first. Places for which there is no row hold infinity
/// and -1.
///
/// Thread rule: may be read by any thread. Memory rule: [#distances()] and [#ids()] are the arrays
/// themselves, a row of k for each query; nobody writes to them.
public final class SearchResult implements SearchAnswer {
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

    @Override
    public int queries() {
        return queries;
    }

    /// Returns the number of places of each query.
    public int k() {
        return k;
    }

    @Override
    public float distance(int query, int place) {
        return distances[index(query, place)];
    }

    @Override
    public long id(int query, int place) {
        return ids[index(query, place)];
    }

    @Override
    public int count(int query) {
        int from = Objects.checkIndex(query, queries) * k;
        int count = 0;
        while (count < k && ids[from + count] >= 0) {
            count++;
        }
        return count;
    }

    /// Returns all distances.
    public float[] distances() {
        return distances;
    }

    /// Returns all row numbers.
    public long[] ids() {
        return ids;
    }

    @Override
    public SearchFacts facts() {
        return facts;
    }

    private int index(int query, int place) {
        Objects.checkIndex(query, queries);
        return query * k + Objects.checkIndex(place, k);
    }
}
