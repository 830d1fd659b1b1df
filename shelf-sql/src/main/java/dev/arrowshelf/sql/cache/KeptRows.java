package dev.arrowshelf.sql.cache;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/// The rows of a result and the tables they were made of.
///
/// Thread-safe. Memory rule: the buffers are given back when the last of those who use them has
/// released them; the cache is one of these.
public final class KeptRows {
    private final Schema schema;
    private final List<ArrowRecordBatch> batches;
    private final Map<List<String>, Long> tables;
    private final long bytes;
    private final AtomicInteger users = new AtomicInteger(1);

    KeptRows(Schema schema, List<ArrowRecordBatch> batches, Map<List<String>, Long> tables) {
        this.schema = schema;
        this.batches = List.copyOf(batches);
        this.tables = Map.copyOf(tables);
        this.bytes = batches.stream().mapToLong(ArrowRecordBatch::computeBodyLength).sum();
    }

    Schema schema() {
        return schema;
    }

    List<ArrowRecordBatch> batches() {
        return batches;
    }

    /// Returns the generation of each table by its name in the statement.
    Map<List<String>, Long> tables() {
        return tables;
    }

    /// Returns the bytes of the buffers.
    public long bytes() {
        return bytes;
    }

    /// Returns the number of rows.
    public long rows() {
        return batches.stream().mapToLong(ArrowRecordBatch::getLength).sum();
    }

    /// Becomes one of the users; false when the rows are gone already.
    boolean use() {
        return users.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
    }

    /// Is one of the users no more.
    public void release() {
        if (users.decrementAndGet() == 0) {
            batches.forEach(ArrowRecordBatch::close);
        }
    }
}
