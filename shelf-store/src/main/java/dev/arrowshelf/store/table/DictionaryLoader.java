package dev.arrowshelf.store.table;

import dev.arrowshelf.store.table.batch.AllValid;
import dev.arrowshelf.store.table.batch.BatchCutter;
import dev.arrowshelf.store.table.batch.BatchParts;
import dev.arrowshelf.store.table.batch.VectorFiller;
import dev.arrowshelf.store.table.batch.VectorShape;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.VectorBatchAppender;

/// Fills the vector of one dictionary from its batches.
///
/// A dictionary that does not grow lies in the mapped bytes. One that does is copied first:
/// appending writes into the vector's buffers.
final class DictionaryLoader {
    private final BufferAllocator allocator;
    private final Field field;
    private final BatchCutter cutter;
    private final VectorShape shape;

    DictionaryLoader(BufferAllocator allocator, AllValid allValid, Field field) {
        this.allocator = allocator;
        this.field = field;
        this.shape = VectorShape.of(field);
        this.cutter = BatchCutter.inPlace(allocator, new Schema(List.of(field)), allValid);
    }

    /// Makes a batch the content of the vector; `copied` when the vector will grow.
    void load(BatchParts batch, FieldVector vector, boolean copied) {
        try (ArrowRecordBatch values = cutter.cut(batch, 0, batch.rows())) {
            if (copied) {
                try (ArrowRecordBatch copy = copyOf(values)) {
                    fill(vector, copy);
                }
            } else {
                fill(vector, values);
            }
        }
    }

    /// Adds a batch to the end of the vector.
    void append(BatchParts batch, FieldVector vector) {
        if (vector.getValueCount() == 0) {
            load(batch, vector, true);
            return;
        }
        try (FieldVector delta = field.createVector(allocator)) {
            load(batch, delta, false);
            VectorBatchAppender.batchAppend(vector, delta);
        }
    }

    private void fill(FieldVector vector, ArrowRecordBatch values) {
        VectorSchemaRoot root = new VectorSchemaRoot(List.of(field), List.of(vector), 0);
        VectorFiller.fill(root, List.of(shape), values);
    }

    private ArrowRecordBatch copyOf(ArrowRecordBatch values) {
        List<ArrowBuf> buffers = new ArrayList<>();
        try {
            for (ArrowBuf buffer : values.getBuffers()) {
                ArrowBuf copy = allocator.buffer(buffer.capacity());
                buffers.add(copy);
                copy.setBytes(0, buffer, 0, buffer.capacity());
                copy.writerIndex(buffer.capacity());
            }
            return new ArrowRecordBatch(
                    values.getLength(),
                    values.getNodes(),
                    buffers,
                    NoCompressionCodec.DEFAULT_BODY_COMPRESSION,
                    values.getVariadicBufferCounts(),
                    true,
                    false);
        } catch (Throwable failure) {
            buffers.forEach(ArrowBuf::close);
            throw failure;
        }
    }
}
