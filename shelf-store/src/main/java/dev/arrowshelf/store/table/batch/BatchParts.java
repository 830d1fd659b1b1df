package dev.arrowshelf.store.table.batch;

import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;

/// A record batch as the IPC format sees it: field nodes and buffers in depth-first order of the
/// fields.
///
/// Memory rule: [#buffer(int)] lends; who keeps a buffer retains it.
public interface BatchParts {
    /// Returns the rows of the batch.
    long rows();

    /// Returns the number of values of a field node.
    long nodeLength(int node);

    /// Returns the number of nulls that a field node states.
    long nodeNulls(int node);

    /// Returns a buffer, all of its readable bytes from 0 on.
    ArrowBuf buffer(int index);

    /// Returns the number of data buffers of the view vector that comes at this place among all
    /// view vectors of the batch.
    long variadicBuffers(int index);

    /// Returns the parts of a batch that vectors were unloaded into. The batch stays the caller's.
    static BatchParts of(ArrowRecordBatch batch) {
        List<ArrowFieldNode> nodes = batch.getNodes();
        List<ArrowBuf> buffers = batch.getBuffers();
        return new BatchParts() {
            @Override
            public long rows() {
                return batch.getLength();
            }

            @Override
            public long nodeLength(int node) {
                return nodes.get(node).getLength();
            }

            @Override
            public long nodeNulls(int node) {
                return nodes.get(node).getNullCount();
            }

            @Override
            public ArrowBuf buffer(int index) {
                ArrowBuf buffer = buffers.get(index);
                return buffer.slice(buffer.readerIndex(), buffer.readableBytes());
            }

            @Override
            public long variadicBuffers(int index) {
                return batch.getVariadicBufferCounts().get(index);
            }
        };
    }
}
