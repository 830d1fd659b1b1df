package dev.arrowshelf.vector.tree;

import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.near.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.RecursiveAction;

/// Builds a k-d tree: splits the widest extent at the middle leaf boundary by partitioning, which
/// many equal coordinates do not slow down, then lays the leaves out.
///
/// Thread rule: used by one caller, works on the workers' threads. Memory rule: sorts the given
/// arrays in place; the leaves and rows go to segments of the caller.
public final class KdBuilder {
    private static final int TASK_POINTS = 1 << 14;
    private static final int LEAF = Kernel.LEAF_POINTS;

    private final float[] points;
    private final int[] rows;
    private final int count;
    private final int dimensions;
    private final KdTree.Nodes nodes;
    private final Workers.Watch watch;

    /// Prepares to build.
    ///
    /// @param points vector after vector
    /// @param rows their row numbers
    /// @param count how many
    public KdBuilder(float[] points, int[] rows, int count, int dimensions, Workers.Watch watch) {
        this.points = points;
        this.rows = rows;
        this.count = count;
        this.dimensions = dimensions;
        this.nodes = new KdTree.Nodes(KdTree.leaves(count), dimensions);
        this.watch = watch;
    }

    /// Builds the tree into segments of the right sizes ([KdTree#leafBytes], [KdTree#rowBytes]).
    public KdTree build(Workers workers, MemorySegment leaves, MemorySegment rowNumbers) {
        int leafCount = KdTree.leaves(count);
        if (count > 0) {
            boxOfAll();
            workers.fork(new Split(0, leafCount));
            workers.forBlocks(
                    leafCount,
                    256,
                    Workers.Watch.NONE,
                    () -> new float[LEAF * dimensions],
                    (scratch, from, to) -> {
                        for (long leaf = from; leaf < to; leaf++) {
                            layOut((int) leaf, scratch, leaves, rowNumbers);
                        }
                    });
        }
        return new KdTree(count, dimensions, nodes, leaves.asReadOnly(), rowNumbers.asReadOnly());
    }

    private void boxOfAll() {
        for (int e = 0; e < dimensions; e++) {
            float low = points[e];
            float high = low;
            for (int i = e; i < count * dimensions; i += dimensions) {
                low = Math.min(low, points[i]);
                high = Math.max(high, points[i]);
            }
            nodes.boxLow()[e] = low;
            nodes.boxHigh()[e] = high;
        }
    }

    private void layOut(int leaf, float[] scratch, MemorySegment leaves, MemorySegment numbers) {
        int first = leaf * LEAF;
        int present = Math.min(LEAF, count - first);
        for (int e = 0; e < dimensions; e++) {
            for (int point = 0; point < LEAF; point++) {
                scratch[e * LEAF + point] =
                        point < present ? points[(first + point) * dimensions + e] : Kernel.PADDING;
            }
        }
        MemorySegment.copy(
                scratch,
                0,
                leaves,
                ValueLayout.JAVA_FLOAT_UNALIGNED,
                (long) first * dimensions * Float.BYTES,
                scratch.length);
        for (int point = 0; point < LEAF; point++) {
            numbers.set(
                    KdTree.INT,
                    (long) (first + point) * Integer.BYTES,
                    point < present ? rows[first + point] : -1);
        }
    }

    /// Splits a range of leaves, and what comes of it.
    private void split(int fromLeaf, int toLeaf) {
        int from = fromLeaf;
        int to = toLeaf;
        while (to - from > 1) {
            int middle = separate(from, to);
            split(from, middle);
            from = middle;
        }
    }

    /// Separates a range of leaves at its middle and returns it.
    private int separate(int from, int to) {
        int middle = (from + to) >>> 1;
        int begin = from * LEAF;
        int end = Math.min(count, to * LEAF);
        int axis = widest(begin, end);
        int boundary = middle * LEAF;
        select(axis, begin, end - 1, boundary);
        float low = points[begin * dimensions + axis];
        for (int i = begin + 1; i < boundary; i++) {
            low = Math.max(low, points[i * dimensions + axis]);
        }
        float high = points[boundary * dimensions + axis];
        for (int i = boundary + 1; i < end; i++) {
            high = Math.min(high, points[i * dimensions + axis]);
        }
        nodes.axis()[middle] = (byte) axis;
        nodes.low()[middle] = low;
        nodes.high()[middle] = high;
        return middle;
    }

    private int widest(int begin, int end) {
        int axis = 0;
        float extent = -1;
        for (int e = 0; e < dimensions; e++) {
            float low = points[begin * dimensions + e];
            float high = low;
            for (int i = (begin + 1) * dimensions + e; i < end * dimensions; i += dimensions) {
                float value = points[i];
                low = Math.min(low, value);
                high = Math.max(high, value);
            }
            if (high - low > extent) {
                extent = high - low;
                axis = e;
            }
        }
        return axis;
    }

    /// Moves points so that none before `wanted` is greater along an axis than any from it on.
    private void select(int axis, int from, int to, int wanted) {
        int left = from;
        int right = to;
        while (right > left) {
            float pivot = median(at(axis, left), at(axis, (left + right) >>> 1), at(axis, right));
            int i = left;
            int j = right;
            while (i <= j) {
                while (at(axis, i) < pivot) {
                    i++;
                }
                while (at(axis, j) > pivot) {
                    j--;
                }
                if (i <= j) {
                    swap(i++, j--);
                }
            }
            if (wanted <= j) {
                right = j;
            } else if (wanted >= i) {
                left = i;
            } else {
                return;
            }
        }
    }

    private float at(int axis, int point) {
        return points[point * dimensions + axis];
    }

    private static float median(float a, float b, float c) {
        return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    }

    private void swap(int one, int other) {
        int a = one * dimensions;
        int b = other * dimensions;
        for (int e = 0; e < dimensions; e++) {
            float value = points[a + e];
            points[a + e] = points[b + e];
            points[b + e] = value;
        }
        int row = rows[one];
        rows[one] = rows[other];
        rows[other] = row;
    }

    /// Splits a range of leaves with others who have time.
    private final class Split extends RecursiveAction {
        private static final long serialVersionUID = 1L;

        private final int from;
        private final int to;

        Split(int from, int to) {
            this.from = from;
            this.to = to;
        }

        @Override
        protected void compute() {
            if ((to - from) * LEAF <= TASK_POINTS) {
                split(from, to);
                watch.done((long) (to - from) * LEAF);
                return;
            }
            int middle = separate(from, to);
            watch.done(0);
            invokeAll(new Split(from, middle), new Split(middle, to));
        }
    }
}
