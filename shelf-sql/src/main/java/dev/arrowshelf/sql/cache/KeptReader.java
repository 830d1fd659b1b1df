package dev.arrowshelf.sql.cache;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/// Kept rows, batch by batch, in vectors over the buffers that all readers of them share.
///
/// One thread at a time. Owns its root, and uses the rows, until it is closed.
public final class KeptReader extends ArrowReader {
    private final KeptRows rows;
    private final VectorSchemaRoot root;
    private int next;
    private long bytes;
    private boolean closed;

    /// @param rows used already; released when this is closed
    public KeptReader(KeptRows rows, BufferAllocator allocator) {
        super(allocator);
        this.rows = rows;
        this.root = VectorSchemaRoot.create(rows.schema(), allocator);
    }

    @Override
    public VectorSchemaRoot getVectorSchemaRoot() {
        return root;
    }

    @Override
    public Map<Long, Dictionary> getDictionaryVectors() {
        return Map.of();
    }

    @Override
    public boolean loadNextBatch() {
        if (closed) {
            throw new ShelfException(ErrorCode.CLOSED, "result is closed");
        }
        if (next == rows.batches().size()) {
            root.clear();
            return false;
        }
        ArrowRecordBatch batch = rows.batches().get(next++);
        new VectorLoader(root).load(batch);
        bytes += batch.computeBodyLength();
        return true;
    }

    @Override
    public long bytesRead() {
        return bytes;
    }

    @Override
    protected Schema readSchema() {
        return rows.schema();
    }

    @Override
    public void close(boolean closeReadSource) {
        closeReadSource();
    }

    @Override
    public void close() {
        closeReadSource();
    }

    @Override
    protected void closeReadSource() {
        if (!closed) {
            closed = true;
            root.close();
            rows.release();
        }
    }
}
