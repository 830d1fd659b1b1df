package dev.arrowshelf.store.table.batch;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;

/// Hands the buffers of a record batch to vectors. Does what arrow-java's `VectorLoader` does, and
/// repairs what setting the row count of a root does to dense unions: their children are made as
/// long as they are used, which is wrong for children that are shared, sparse or cut.
public final class VectorFiller {
    private final Iterator<ArrowFieldNode> nodes;
    private final Iterator<ArrowBuf> buffers;
    private final Iterator<Long> variadicCounts;

    private VectorFiller(ArrowRecordBatch batch) {
        this.nodes = batch.getNodes().iterator();
        this.buffers = batch.getBuffers().iterator();
        this.variadicCounts = batch.getVariadicBufferCounts().iterator();
    }

    /// Makes the columns of a root those of a batch. The batch stays the caller's.
    public static void fill(
            VectorSchemaRoot root, List<VectorShape> shapes, ArrowRecordBatch batch) {
        fillOnce(root, shapes, batch);
        root.setRowCount(batch.getLength());
        if (root.getFieldVectors().stream().anyMatch(VectorFiller::hasDenseUnion)) {
            fillOnce(root, shapes, batch);
        }
    }

    private static void fillOnce(
            VectorSchemaRoot root, List<VectorShape> shapes, ArrowRecordBatch batch) {
        VectorFiller filler = new VectorFiller(batch);
        List<FieldVector> vectors = root.getFieldVectors();
        for (int column = 0; column < vectors.size(); column++) {
            filler.fill(vectors.get(column), shapes.get(column));
        }
    }

    private void fill(FieldVector vector, VectorShape shape) {
        int count = shape.layout().buffers();
        if (shape.layout() == VectorShape.Layout.VIEW) {
            count += Math.toIntExact(variadicCounts.next());
        }
        ArrowFieldNode node = nodes.next();
        List<ArrowBuf> own = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            own.add(buffers.next());
        }
        vector.loadFieldBuffers(node, own);
        List<FieldVector> children = vector.getChildrenFromFields();
        for (int child = 0; child < shape.children().size(); child++) {
            fill(children.get(child), shape.children().get(child));
        }
    }

    private static boolean hasDenseUnion(FieldVector vector) {
        return vector instanceof DenseUnionVector
                || vector.getChildrenFromFields().stream().anyMatch(VectorFiller::hasDenseUnion);
    }
}
