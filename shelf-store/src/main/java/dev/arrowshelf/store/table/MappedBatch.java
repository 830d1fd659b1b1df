package dev.arrowshelf.store.table;

import dev.arrowshelf.store.table.batch.BatchParts;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.memory.ArrowBuf;

/// A record batch that lies in a mapped partition. One thread; lends slices of the partition's
/// buffer.
final class MappedBatch implements BatchParts {
    private final RecordBatch batch;
    private final ArrowBuf partition;
    private final long bodyOffset;
    private long bytesLent;

    MappedBatch(Partition.Step step, ArrowBuf partition) {
        this.batch = step.batch();
        this.partition = partition;
        this.bodyOffset = step.bodyOffset();
    }

    /// Returns the bytes of all buffers that were asked for.
    long bytesLent() {
        return bytesLent;
    }

    @Override
    public long rows() {
        return batch.length();
    }

    @Override
    public long nodeLength(int node) {
        return batch.nodes(node).length();
    }

    @Override
    public long nodeNulls(int node) {
        return batch.nodes(node).nullCount();
    }

    @Override
    public ArrowBuf buffer(int index) {
        Buffer buffer = batch.buffers(index);
        bytesLent += buffer.length();
        return partition.slice(bodyOffset + buffer.offset(), buffer.length());
    }

    @Override
    public long variadicBuffers(int index) {
        return batch.variadicBufferCounts(index);
    }
}
