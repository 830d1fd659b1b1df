package dev.arrowshelf.vector;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.SearchRequest;

/// Which way a search goes, and why.
///
/// @param kind the way
/// @param reason in words
record Choice(IndexKind kind, String reason) {
    private static final int TREE_DIMENSIONS = 8;
    private static final long LEAST_TREE_ROWS = 2_000;
    private static final long LEAST_LIST_ROWS = 50_000;
    private static final double FULL_RECALL = 0.9999;

    /// What looking at one coordinate of one row costs against sorting one row into a tree.
    private static final double SORTING_COST = 12;

    /// Chooses for a search.
    ///
    /// @param dimensions as searched
    /// @param rows of the table that pass the filter
    /// @param total rows of the table
    /// @param load how much is asked
    /// @param there which indexes are there already
    static Choice of(
            SearchRequest request, int dimensions, long rows, long total, Load load, There there) {
        boolean approximate = request.recall() > 0 && request.recall() < FULL_RECALL;
        boolean treeFits =
                dimensions <= TREE_DIMENSIONS && request.metric() != Metric.INNER_PRODUCT;
        if (request.index() != IndexKind.AUTO) {
            return new Choice(request.index(), "asked for");
        }
        if (rows * 50 < total) {
            return new Choice(
                    IndexKind.EXACT, "the filter leaves " + rows + " of " + total + " rows");
        }
        if (treeFits && there.tree()) {
            return new Choice(IndexKind.KD_TREE, "a k-d tree is there and exact");
        }
        if (total < LEAST_TREE_ROWS) {
            return new Choice(IndexKind.EXACT, "a table of " + total + " rows is looked through");
        }
        if (treeFits) {
            double looking = (double) (load.queries() + load.looks()) * total * dimensions / 16;
            double sorting = SORTING_COST * total * (64 - Long.numberOfLeadingZeros(total));
            return looking > sorting
                    ? new Choice(
                            IndexKind.KD_TREE,
                            "exact, and the best for " + dimensions + " dimensions")
                    : new Choice(
                            IndexKind.EXACT,
                            "building a tree costs more than " + load.queries() + " queries");
        }
        if (approximate && there.graph() && there.graphIsFaster()) {
            return new Choice(
                    IndexKind.HNSW,
                    "the graph is there and was measured to be the fastest for a recall of "
                            + request.recall());
        }
        if (approximate && total >= LEAST_LIST_ROWS && (there.lists() || load.queries() > 1)) {
            return new Choice(
                    IndexKind.IVF,
                    "a recall of " + request.recall() + " is enough for " + total + " rows");
        }
        return new Choice(
                IndexKind.EXACT,
                approximate
                        ? "an approximate index does not pay for " + total + " rows"
                        : "exact answers from "
                                + dimensions
                                + " dimensions (recall says otherwise)");
    }

    /// How much is asked.
    ///
    /// @param queries at once
    /// @param looks earlier queries of this generation that looked at every row
    record Load(long queries, long looks) {}

    /// Which indexes are there already.
    ///
    /// @param tree a k-d tree
    /// @param lists an IVF
    /// @param graph an HNSW
    /// @param graphIsFaster whether it was measured to be faster than the lists, where both are
    record There(boolean tree, boolean lists, boolean graph, boolean graphIsFaster) {
        /// No index.
        static final There NONE = new There(false, false, false, false);
    }

    /// Returns a copy that says more.
    Choice with(String more) {
        return new Choice(kind, reason + ", " + more);
    }

    /// Checks that the way can be gone with a metric. Error: `INVALID_ARGUMENT`.
    Choice checked(Metric metric) {
        if (metric == Metric.INNER_PRODUCT && kind == IndexKind.KD_TREE) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "a k-d tree finds distances only: metric=ip, index=" + kind.text());
        }
        return this;
    }
}
