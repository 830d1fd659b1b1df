package dev.arrowshelf.vector.tree;

import dev.arrowshelf.vector.segment.IndexBytes;
import dev.arrowshelf.vector.segment.IndexSection;
import dev.arrowshelf.vector.segment.IndexWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// A k-d tree in an index's sections. `NODES` holds, for n leaves, n + 1 greatest coordinates
/// before, n + 1 least coordinates after, the box (least, then greatest coordinates), all float32,
/// then n + 1 axes of one byte.
public final class KdIndex {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private KdIndex() {}

    /// Reserves the sections.
    public static void reserve(IndexWriter writer, int points, int dimensions) {
        long nodes = KdTree.leaves(points) + 1L;
        writer.section(
                        IndexSection.NODES,
                        2 * nodes * Float.BYTES + 2L * dimensions * Float.BYTES + nodes)
                .section(IndexSection.POINTS, KdTree.leafBytes(points, dimensions))
                .section(IndexSection.ROWS, KdTree.rowBytes(points));
    }

    /// Writes the nodes; leaves and rows were built where they lie.
    public static void writeNodes(KdTree tree, MemorySegment target) {
        KdTree.Nodes nodes = tree.nodes();
        long at = 0;
        for (float[] values :
                new float[][] {nodes.low(), nodes.high(), nodes.boxLow(), nodes.boxHigh()}) {
            MemorySegment.copy(values, 0, target, FLOAT, at, values.length);
            at += (long) values.length * Float.BYTES;
        }
        MemorySegment.copy(nodes.axis(), 0, target, ValueLayout.JAVA_BYTE, at, nodes.axis().length);
    }

    /// Reads a tree; leaves and rows stay where they lie. Error: `CORRUPT`.
    public static KdTree read(IndexBytes index) {
        int points = index.shape().points();
        int dimensions = index.shape().dimensions();
        int leaves = KdTree.leaves(points);
        MemorySegment source = index.section(IndexSection.NODES);
        long expected = (2L * (leaves + 1) + 2L * dimensions) * Float.BYTES + leaves + 1;
        MemorySegment points0 = index.section(IndexSection.POINTS);
        MemorySegment rows = index.section(IndexSection.ROWS);
        if (source.byteSize() != expected
                || points0.byteSize() != KdTree.leafBytes(points, dimensions)
                || rows.byteSize() != KdTree.rowBytes(points)) {
            throw IndexBytes.damaged("sections do not fit a tree of " + points + " points");
        }
        KdTree.Nodes nodes = new KdTree.Nodes(leaves, dimensions);
        long at = 0;
        for (float[] values :
                new float[][] {nodes.low(), nodes.high(), nodes.boxLow(), nodes.boxHigh()}) {
            MemorySegment.copy(source, FLOAT, at, values, 0, values.length);
            at += (long) values.length * Float.BYTES;
        }
        MemorySegment.copy(source, ValueLayout.JAVA_BYTE, at, nodes.axis(), 0, nodes.axis().length);
        for (byte axis : nodes.axis()) {
            if (axis < 0 || axis >= dimensions) {
                throw IndexBytes.damaged("axis=" + axis + ", dimensions=" + dimensions);
            }
        }
        return new KdTree(points, dimensions, nodes, points0, rows);
    }
}
