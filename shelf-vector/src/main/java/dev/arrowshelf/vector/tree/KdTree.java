package dev.arrowshelf.vector.tree;

import dev.arrowshelf.vector.kernel.Kernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// A k-d tree of full leaves without pointers. Leaf `l` holds the points at positions 32 l to 32 l
/// + 31; the node that separates the leaves before `m` from those from `m` on, in a range whose
///   middle is `m`, has the number `m`. So a range of leaves is all that a search needs to know of
///   where it is.
///
/// Thread rule: immutable. Memory rule: leaves and row numbers may be views of a mapped index,
/// which whoever opened it keeps; nodes are arrays.
public final class KdTree {
    static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int points;
    private final int dimensions;
    private final Nodes nodes;
    private final MemorySegment leaves;
    private final MemorySegment rows;

    /// Puts the parts together.
    ///
    /// @param leaves for each leaf its points, coordinate by coordinate, padded
    /// @param rows for each position the row number, -1 for padding
    KdTree(int points, int dimensions, Nodes nodes, MemorySegment leaves, MemorySegment rows) {
        int count = leaves(points);
        if (nodes.axis.length != count + 1
                || leaves.byteSize() != leafBytes(points, dimensions)
                || rows.byteSize() != rowBytes(points)) {
            throw new IllegalArgumentException(
                    "parts do not fit: points=" + points + ", dimensions=" + dimensions);
        }
        this.points = points;
        this.dimensions = dimensions;
        this.nodes = nodes;
        this.leaves = leaves;
        this.rows = rows;
    }

    /// Returns how many leaves so many points need.
    public static int leaves(int points) {
        return (int) (((long) points + Kernel.LEAF_POINTS - 1) / Kernel.LEAF_POINTS);
    }

    /// Returns the bytes of the leaves.
    public static long leafBytes(int points, int dimensions) {
        return (long) leaves(points) * Kernel.LEAF_POINTS * dimensions * Float.BYTES;
    }

    /// Returns the bytes of the row numbers.
    public static long rowBytes(int points) {
        return (long) leaves(points) * Kernel.LEAF_POINTS * Integer.BYTES;
    }

    /// Returns the number of points.
    public int points() {
        return points;
    }

    /// Returns the number of coordinates of each.
    public int dimensions() {
        return dimensions;
    }

    /// Returns the row number at a position.
    public int row(int position) {
        return rows.get(INT, (long) position * Integer.BYTES);
    }

    Nodes nodes() {
        return nodes;
    }

    MemorySegment leafSegment() {
        return leaves;
    }

    /// The inner nodes, by number, and the box around all points. For the thread that builds, then
    /// for all.
    static final class Nodes {
        private final byte[] axis;
        private final float[] low;
        private final float[] high;
        private final float[] boxLow;
        private final float[] boxHigh;

        /// Makes room for the nodes above so many leaves.
        Nodes(int leaves, int dimensions) {
            axis = new byte[leaves + 1];
            low = new float[leaves + 1];
            high = new float[leaves + 1];
            boxLow = new float[dimensions];
            boxHigh = new float[dimensions];
        }

        /// Returns the coordinate that each node separates by.
        byte[] axis() {
            return axis;
        }

        /// Returns the greatest coordinate before each node.
        float[] low() {
            return low;
        }

        /// Returns the least coordinate after each node.
        float[] high() {
            return high;
        }

        /// Returns the least coordinates of all points.
        float[] boxLow() {
            return boxLow;
        }

        /// Returns the greatest coordinates of all points.
        float[] boxHigh() {
            return boxHigh;
        }
    }
}
