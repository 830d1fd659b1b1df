package dev.arrowshelf.store.table.put;

import dev.arrowshelf.memory.ForeignMemory;
import dev.arrowshelf.store.table.batch.BatchCutter;
import dev.arrowshelf.store.table.batch.BatchParts;
import dev.arrowshelf.store.table.batch.VectorShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.message.ArrowDictionaryBatch;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Tells what has to be sent of a dictionary before a batch: all of it at first or when it was
/// replaced, its new values when it grew, nothing when it is as it was.
///
/// One thread. Keeps a copy of what was sent last of each dictionary, until [#close()].
final class DictionaryTracker implements AutoCloseable {
    private final BufferAllocator allocator;
    private final Map<Long, ArrowRecordBatch> sent = new HashMap<>();

    DictionaryTracker(BufferAllocator allocator) {
        this.allocator = allocator;
    }

    /// Returns the batch to send, or null; the caller closes it. With `remembered` the content is
    /// kept for the next comparison.
    @Nullable ArrowDictionaryBatch next(Dictionary dictionary, boolean remembered) {
        long id = dictionary.getEncoding().getId();
        FieldVector vector = dictionary.getVector();
        BatchCutter cutter = BatchCutter.compact(allocator, new Schema(List.of(vector.getField())));
        VectorSchemaRoot root =
                new VectorSchemaRoot(
                        List.of(vector.getField()), List.of(vector), vector.getValueCount());
        try (ArrowRecordBatch unloaded = new VectorUnloader(root).getRecordBatch()) {
            BatchParts parts = BatchParts.of(unloaded);
            ArrowRecordBatch before = sent.get(id);
            long kept = before == null ? 0 : before.getLength();
            boolean continues = before != null && begins(cutter, parts, before);
            if (continues && kept == parts.rows()) {
                return null;
            }
            boolean delta = continues && kept > 0 && isAppendable(vector);
            if (remembered) {
                remember(id, cutter, parts);
            }
            long from = delta ? kept : 0;
            ArrowRecordBatch values = cutter.cut(parts, from, parts.rows() - from);
            return new ArrowDictionaryBatch(id, values, delta);
        }
    }

    /// arrow-java cannot append to vectors of every type; dictionaries of others are sent whole.
    private static boolean isAppendable(FieldVector vector) {
        return switch (VectorShape.of(vector.getField()).layout()) {
            case BITS, FIXED, VARIABLE -> true;
            case NULL,
                    VIEW,
                    LIST,
                    LIST_VIEW,
                    FIXED_LIST,
                    STRUCT,
                    SPARSE_UNION,
                    DENSE_UNION,
                    RUN_END ->
                    false;
        };
    }

    private static boolean begins(BatchCutter cutter, BatchParts parts, ArrowRecordBatch before) {
        if (parts.rows() < before.getLength()) {
            return false;
        }
        try (ArrowRecordBatch begin = cutter.cut(parts, 0, before.getLength())) {
            return sameNodes(begin.getNodes(), before.getNodes())
                    && sameBytes(begin.getBuffers(), before.getBuffers());
        }
    }

    private static boolean sameNodes(List<ArrowFieldNode> left, List<ArrowFieldNode> right) {
        for (int i = 0; i < left.size(); i++) {
            if (left.get(i).getLength() != right.get(i).getLength()
                    || left.get(i).getNullCount() != right.get(i).getNullCount()) {
                return false;
            }
        }
        return left.size() == right.size();
    }

    private static boolean sameBytes(List<ArrowBuf> left, List<ArrowBuf> right) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            ArrowBuf one = left.get(i);
            ArrowBuf other = right.get(i);
            if (one.readableBytes() != other.readableBytes()
                    || ForeignMemory.at(one.memoryAddress(), one.readableBytes())
                                    .mismatch(
                                            ForeignMemory.at(
                                                    other.memoryAddress(), other.readableBytes()))
                            >= 0) {
                return false;
            }
        }
        return true;
    }

    private void remember(long id, BatchCutter cutter, BatchParts parts) {
        List<ArrowBuf> copies = new ArrayList<>();
        try (ArrowRecordBatch whole = cutter.cut(parts, 0, parts.rows())) {
            for (ArrowBuf buffer : whole.getBuffers()) {
                ArrowBuf copy = allocator.buffer(buffer.readableBytes());
                copies.add(copy);
                copy.setBytes(0, buffer, 0, buffer.readableBytes());
                copy.writerIndex(buffer.readableBytes());
            }
            ArrowRecordBatch copy =
                    new ArrowRecordBatch(
                            whole.getLength(),
                            whole.getNodes(),
                            copies,
                            NoCompressionCodec.DEFAULT_BODY_COMPRESSION,
                            whole.getVariadicBufferCounts(),
                            true,
                            false);
            ArrowRecordBatch before = sent.put(id, copy);
            if (before != null) {
                before.close();
            }
        } catch (Throwable failure) {
            copies.forEach(ArrowBuf::close);
            throw failure;
        }
    }

    @Override
    public void close() {
        sent.values().forEach(ArrowRecordBatch::close);
        sent.clear();
    }
}
