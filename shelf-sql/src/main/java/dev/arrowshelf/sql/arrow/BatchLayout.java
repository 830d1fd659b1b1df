package dev.arrowshelf.sql.arrow;

import dev.arrowshelf.store.table.batch.VectorShape;
import java.util.List;
import org.apache.arrow.flatbuf.RecordBatch;

/// Where the buffers of one record batch lie in its partition: what its metadata says, copied out,
/// so that it outlives the mapping. Immutable.
public final class BatchLayout {
    private final long rows;
    private final long[] nodes;
    private final long[] buffers;
    private final long[] variadic;
    private final int[] begins;

    private BatchLayout(long rows, long[] nodes, long[] buffers, long[] variadic, int[] begins) {
        this.rows = rows;
        this.nodes = nodes;
        this.buffers = buffers;
        this.variadic = variadic;
        this.begins = begins;
    }

    /// Reads the metadata of a batch whose body begins at an offset of the partition.
    public static BatchLayout of(RecordBatch batch, long bodyOffset, List<VectorShape> columns) {
        long[] nodes = new long[2 * batch.nodesLength()];
        for (int i = 0; i < batch.nodesLength(); i++) {
            nodes[2 * i] = batch.nodes(i).length();
            nodes[2 * i + 1] = batch.nodes(i).nullCount();
        }
        long[] buffers = new long[2 * batch.buffersLength()];
        for (int i = 0; i < batch.buffersLength(); i++) {
            buffers[2 * i] = bodyOffset + batch.buffers(i).offset();
            buffers[2 * i + 1] = batch.buffers(i).length();
        }
        long[] variadic = new long[batch.variadicBufferCountsLength()];
        for (int i = 0; i < variadic.length; i++) {
            variadic[i] = batch.variadicBufferCounts(i);
        }
        Cursor cursor = new Cursor(0, 0, 0);
        int[] begins = new int[3 * columns.size()];
        for (int column = 0; column < columns.size(); column++) {
            begins[3 * column] = cursor.node;
            begins[3 * column + 1] = cursor.buffer;
            begins[3 * column + 2] = cursor.variadic;
            cursor.skip(columns.get(column), variadic);
        }
        return new BatchLayout(batch.length(), nodes, buffers, variadic, begins);
    }

    /// Returns the number of rows.
    public long rows() {
        return rows;
    }

    /// Returns the number of nulls of a column's own values.
    public long nulls(int column) {
        return nodeNulls(begins[3 * column]);
    }

    /// Returns where a buffer of a column lies in the partition, counted from the column's first.
    public long columnBufferOffset(int column, int number) {
        return bufferOffset(begins[3 * column + 1] + number);
    }

    /// Returns the length of a buffer of a column.
    public long columnBufferBytes(int column, int number) {
        return bufferBytes(begins[3 * column + 1] + number);
    }

    long nodeLength(int node) {
        return nodes[2 * node];
    }

    long nodeNulls(int node) {
        return nodes[2 * node + 1];
    }

    long bufferOffset(int buffer) {
        return buffers[2 * buffer];
    }

    long bufferBytes(int buffer) {
        return buffers[2 * buffer + 1];
    }

    int variadic(int index) {
        return Math.toIntExact(variadic[index]);
    }

    Cursor begin(int column) {
        return new Cursor(begins[3 * column], begins[3 * column + 1], begins[3 * column + 2]);
    }

    /// A place in the lists of nodes and buffers.
    static final class Cursor {
        int node;
        int buffer;
        int variadic;

        Cursor(int node, int buffer, int variadic) {
            this.node = node;
            this.buffer = buffer;
            this.variadic = variadic;
        }

        private void skip(VectorShape shape, long[] variadicCounts) {
            node++;
            buffer += shape.layout().buffers();
            if (shape.layout() == VectorShape.Layout.VIEW) {
                buffer += Math.toIntExact(variadicCounts[variadic++]);
            }
            shape.children().forEach(child -> skip(child, variadicCounts));
        }
    }
}
