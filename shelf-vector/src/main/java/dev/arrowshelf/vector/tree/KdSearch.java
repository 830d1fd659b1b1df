package dev.arrowshelf.vector.tree;

import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.near.Nearest;
import java.lang.foreign.MemorySegment;

/// Finds the nearest points of one query after the other in a k-d tree. Goes down to the query's
/// own leaf, and keeps what it passes by with its distance on a stack; what is farther than the
/// farthest of the k found by then is left out.
///
/// Thread rule: for one thread. Memory rule: nothing is allocated for a query.
public final class KdSearch {
    private static final int DEPTH = 64;

    /// Sums of squares are rounded: a side is passed by only when it is farther for certain.
    private static final float SURE = 0.999999f;

    private final KdTree tree;
    private final Kernel kernel;
    private final byte[] axis;
    private final float[] low;
    private final float[] high;
    private final MemorySegment leaves;
    private final int leafCount;
    private final long leafBytes;
    private final long lastLeaf;
    private final float[] distances;
    private final int[] stackFrom = new int[DEPTH];
    private final int[] stackTo = new int[DEPTH];
    private final float[] stackDistance = new float[DEPTH];
    private final float[] stackOffsets;
    private final float[] offsets;
    private final float[] query;

    /// Prepares to search a tree.
    public KdSearch(KdTree tree, Kernel kernel) {
        this.tree = tree;
        this.kernel = kernel;
        this.axis = tree.nodes().axis();
        this.low = tree.nodes().low();
        this.high = tree.nodes().high();
        this.leaves = tree.leafSegment();
        this.leafCount = KdTree.leaves(tree.points());
        this.leafBytes = (long) tree.dimensions() * Kernel.LEAF_POINTS * Float.BYTES;
        int inLast = tree.points() - (leafCount - 1) * Kernel.LEAF_POINTS;
        this.lastLeaf = (1L << inLast) - 1;
        this.stackOffsets = new float[DEPTH * tree.dimensions()];
        this.offsets = new float[tree.dimensions()];
        this.query = new float[tree.dimensions()];
        this.distances = new float[Kernel.LEAF_POINTS * (1 + tree.dimensions())];
    }

    /// Offers everything to `nearest` that may be among its nearest; positions are those of the
    /// tree.
    public void search(float[] queries, int at, Nearest nearest) {
        if (leafCount == 0) {
            return;
        }
        if (tree.dimensions() == 3) {
            searchThree(queries[at], queries[at + 1], queries[at + 2], nearest);
        } else {
            System.arraycopy(queries, at, query, 0, query.length);
            searchAny(nearest);
        }
    }

    /// Returns the leaf that a query's way down ends in; queries in the order of their leaves find
    /// the same points again in the caches.
    public int leafOf(float[] queries, int at) {
        int from = 0;
        int to = leafCount;
        while (to - from > 1) {
            int middle = (from + to) >>> 1;
            float value = queries[at + axis[middle]];
            if (value - low[middle] < high[middle] - value) {
                to = middle;
            } else {
                from = middle;
            }
        }
        return from;
    }

    private float outside(int e, float value) {
        float gap =
                Math.max(
                        Math.max(
                                tree.nodes().boxLow()[e] - value,
                                value - tree.nodes().boxHigh()[e]),
                        0);
        return gap * gap;
    }

    private void searchThree(float x, float y, float z, Nearest nearest) {
        float threshold = nearest.threshold();
        float ox = outside(0, x);
        float oy = outside(1, y);
        float oz = outside(2, z);
        int depth = 0;
        int from = 0;
        int to = leafCount;
        while (true) {
            while (to - from > 1) {
                int middle = (from + to) >>> 1;
                int e = axis[middle];
                float value = e == 0 ? x : e == 1 ? y : z;
                float before = value - low[middle];
                float after = high[middle] - value;
                boolean left = before < after;
                float gap = Math.max(left ? after : before, 0);
                float square = gap * gap;
                float nx = e == 0 ? Math.max(square, ox) : ox;
                float ny = e == 1 ? Math.max(square, oy) : oy;
                float nz = e == 2 ? Math.max(square, oz) : oz;
                float distance = (nx + ny + nz) * SURE;
                if (distance < threshold) {
                    stackFrom[depth] = left ? middle : from;
                    stackTo[depth] = left ? to : middle;
                    stackDistance[depth] = distance;
                    stackOffsets[3 * depth] = nx;
                    stackOffsets[3 * depth + 1] = ny;
                    stackOffsets[3 * depth + 2] = nz;
                    depth++;
                }
                if (left) {
                    to = middle;
                } else {
                    from = middle;
                }
            }
            long found =
                    kernel.leafOfThree(leaves, from * leafBytes, x, y, z, threshold, distances);
            if (from == leafCount - 1) {
                found &= lastLeaf; // what is padding is no candidate
            }
            if (found != 0) {
                nearest.offerAll(found, distances, 0, from * Kernel.LEAF_POINTS);
                threshold = nearest.threshold();
            }
            do {
                if (depth == 0) {
                    return;
                }
                depth--;
            } while (stackDistance[depth] >= threshold);
            from = stackFrom[depth];
            to = stackTo[depth];
            ox = stackOffsets[3 * depth];
            oy = stackOffsets[3 * depth + 1];
            oz = stackOffsets[3 * depth + 2];
        }
    }

    private void searchAny(Nearest nearest) {
        int dimensions = query.length;
        float threshold = nearest.threshold();
        float here = 0;
        for (int e = 0; e < dimensions; e++) {
            offsets[e] = outside(e, query[e]);
            here += offsets[e];
        }
        int depth = 0;
        int from = 0;
        int to = leafCount;
        while (true) {
            while (to - from > 1) {
                int middle = (from + to) >>> 1;
                int e = axis[middle];
                float before = query[e] - low[middle];
                float after = high[middle] - query[e];
                boolean left = before < after;
                float gap = Math.max(left ? after : before, 0);
                float square = Math.max(gap * gap, offsets[e]);
                float distance = (here - offsets[e] + square) * SURE;
                if (distance < threshold) {
                    stackFrom[depth] = left ? middle : from;
                    stackTo[depth] = left ? to : middle;
                    stackDistance[depth] = distance;
                    System.arraycopy(offsets, 0, stackOffsets, depth * dimensions, dimensions);
                    stackOffsets[depth * dimensions + e] = square;
                    depth++;
                }
                if (left) {
                    to = middle;
                } else {
                    from = middle;
                }
            }
            long found =
                    kernel.leaf(leaves, from * leafBytes, query, dimensions, threshold, distances);
            if (from == leafCount - 1) {
                found &= lastLeaf; // what is padding is no candidate
            }
            if (found != 0) {
                nearest.offerAll(found, distances, 0, from * Kernel.LEAF_POINTS);
                threshold = nearest.threshold();
            }
            do {
                if (depth == 0) {
                    return;
                }
                depth--;
            } while (stackDistance[depth] >= threshold);
            from = stackFrom[depth];
            to = stackTo[depth];
            System.arraycopy(stackOffsets, depth * dimensions, offsets, 0, dimensions);
            here = 0;
            for (float offset : offsets) {
                here += offset;
            }
        }
    }
}
