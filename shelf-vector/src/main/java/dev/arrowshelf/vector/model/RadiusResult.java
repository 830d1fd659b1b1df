package dev.arrowshelf.vector.model;

import java.util.Objects;

/// All rows within a radius of each query, nearest first.
///
/// Thread rule: may be read by any thread. Memory rule: the arrays are the result's own; nobody
/// writes to them.
public final class RadiusResult implements SearchAnswer {
    private final int[] offsets;
    private final float[] distances;
    private final long[] ids;
    private final SearchFacts facts;

    /// Takes over the arrays.
    ///
    /// @param offsets where each query's rows begin in the other two, and the end
    public RadiusResult(int[] offsets, float[] distances, long[] ids, SearchFacts facts) {
        this.offsets = offsets;
        this.distances = distances;
        this.ids = ids;
        this.facts = facts;
    }

    @Override
    public int queries() {
        return offsets.length - 1;
    }

    @Override
    public int count(int query) {
        Objects.checkIndex(query, queries());
        return offsets[query + 1] - offsets[query];
    }

    @Override
    public float distance(int query, int place) {
        return distances[offsets[query] + Objects.checkIndex(place, count(query))];
    }

    @Override
    public long id(int query, int place) {
        return ids[offsets[query] + Objects.checkIndex(place, count(query))];
    }

    /// Returns where each query's rows begin among all, and the end.
    public int[] offsets() {
        return offsets;
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
}
