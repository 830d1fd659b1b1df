package dev.arrowshelf.vector.kernel;

import java.lang.foreign.MemorySegment;

/// The inner loops of every search. All distances are squares of Euclidean distances of float32
/// vectors, or negative inner products.
///
/// A *panel* holds a fixed number of points, coordinate by coordinate: all first coordinates, then
/// all second ones. Places without a point hold [#PADDING] in each coordinate, so that they are
/// farther away than anything.
///
/// Thread rule: stateless, for any thread. Memory rule: nothing is kept.
public sealed interface Kernel permits ScalarKernel, SimdKernel {
    /// Points in a panel of [#differences] and [#products].
    int PANEL_POINTS = 64;

    /// Points in a leaf of a k-d tree.
    int LEAF_POINTS = 32;

    /// Rows of [#fourRows] are a multiple of so many values long.
    int ROW_STEP = 16;

    /// A coordinate of no point. Not infinite: differences of infinities are not numbers.
    float PADDING = 3e18f;

    /// Returns how many queries a tile takes at once.
    int tileQueries();

    /// Returns bits of a vector register as used; 0 for scalar code.
    int bits();

    /// Squared distances of [#tileQueries()] queries to the points of a panel.
    ///
    /// @param queries coordinate by coordinate, `tileQueries()` values each, from `at` on
    /// @param distances `PANEL_POINTS` for each query, from 0 on
    void differences(
            MemorySegment panel,
            long offset,
            float[] queries,
            int at,
            int dimensions,
            float[] distances);

    /// Inner products of [#tileQueries()] queries with the points of a panel.
    void products(
            MemorySegment panel,
            long offset,
            float[] queries,
            int at,
            int dimensions,
            float[] distances);

    /// Squared distances of one query to the points of a panel.
    void differencesOfOne(
            MemorySegment panel,
            long offset,
            float[] query,
            int at,
            int dimensions,
            float[] distances);

    /// Inner products of one query with the points of a panel.
    void productsOfOne(
            MemorySegment panel,
            long offset,
            float[] query,
            int at,
            int dimensions,
            float[] distances);

    /// Returns which of [#PANEL_POINTS] distances from `at` on are below a threshold, a bit each.
    long below(float[] distances, int at, float threshold);

    /// Writes [#PANEL_POINTS] values `base + step * code`, the codes a signed byte each.
    void decodeBytes(
            MemorySegment codes,
            long offset,
            float base,
            float step,
            MemorySegment target,
            long targetOffset);

    /// The same for codes that are finite floats of 16 bits.
    void decodeHalves(
            MemorySegment codes,
            long offset,
            float base,
            float step,
            MemorySegment target,
            long targetOffset);

    /// Squared distances of a query of three coordinates to the points of a leaf; returns which are
    /// below the threshold, a bit each. Distances are written only when there are any.
    ///
    /// @param distances `LEAF_POINTS`, and as much room again for each coordinate: plain loops run
    ///   over arrays several times as fast as over segments while their code is young
    long leafOfThree(
            MemorySegment leaves,
            long offset,
            float x,
            float y,
            float z,
            float threshold,
            float[] distances);

    /// The same for any number of coordinates.
    long leaf(
            MemorySegment leaves,
            long offset,
            float[] query,
            int dimensions,
            float threshold,
            float[] distances);

    /// Returns the squared distance of a row of float32 values to a query.
    float rowDifference(MemorySegment rows, long offset, float[] query, int at, int dimensions);

    /// Returns the inner product of a row of float32 values with a query.
    float rowProduct(MemorySegment rows, long offset, float[] query, int at, int dimensions);

    /// Squared distances of a query to four rows of float32 values.
    ///
    /// @param rowBytes bytes of a row, [#ROW_STEP] values or a multiple; the query is as long
    /// @param numbers of the rows, four from `from` on
    /// @param sums four from `from` on
    void fourRows(
            MemorySegment rows,
            long rowBytes,
            int[] numbers,
            int from,
            float[] query,
            float[] sums);
}
