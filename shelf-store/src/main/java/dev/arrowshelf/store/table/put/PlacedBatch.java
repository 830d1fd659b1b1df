package dev.arrowshelf.store.table.put;

import dev.arrowshelf.store.ipc.Placement;
import dev.arrowshelf.store.table.batch.Bitmaps;
import dev.arrowshelf.store.table.batch.VectorShape;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.ipc.message.ArrowBuffer;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Field;

/// The record batch of vectors that lie in a blank, with the place of each of its buffers there.
///
/// Nulls are counted in nullable columns only. A buffer at a place that is no multiple of 64 is
/// moved to one; a validity bitmap without nulls is left out instead.
///
/// One thread. Holds the buffers until [#close()].
final class PlacedBatch implements AutoCloseable {
    private static final long ALIGNMENT = 64;

    private final BlankMemory memory;
    private final BufferAllocator allocator;
    private final ArrowRecordBatch unloaded;
    private final ArrowRecordBatch batch;
    private final List<ArrowFieldNode> nodes = new ArrayList<>();
    private final List<ArrowBuf> buffers = new ArrayList<>();
    private int nextNode;
    private int nextBuffer;
    private int nextVariadic;

    PlacedBatch(VectorSchemaRoot root, BlankMemory memory, BufferAllocator allocator) {
        this.memory = memory;
        this.allocator = allocator;
        this.unloaded =
                new VectorUnloader(root, false, NoCompressionCodec.INSTANCE, true).getRecordBatch();
        try {
            root.getSchema().getFields().forEach(field -> place(field, VectorShape.of(field)));
        } catch (Throwable failure) {
            buffers.forEach(ArrowBuf::close);
            unloaded.close();
            throw failure;
        }
        this.batch =
                new ArrowRecordBatch(
                        unloaded.getLength(),
                        nodes,
                        buffers,
                        NoCompressionCodec.DEFAULT_BODY_COMPRESSION,
                        unloaded.getVariadicBufferCounts(),
                        true,
                        false);
    }

    /// Returns the batch, for its metadata.
    ArrowRecordBatch batch() {
        return batch;
    }

    /// Returns where the buffers lie in the file.
    List<Placement> placements() {
        List<Placement> placements = new ArrayList<>(buffers.size());
        List<ArrowBuffer> layout = batch.getBuffersLayout();
        for (int i = 0; i < buffers.size(); i++) {
            ArrowBuf buffer = buffers.get(i);
            if (buffer.readableBytes() > 0) {
                placements.add(
                        new Placement(
                                layout.get(i).getOffset(),
                                buffer.readableBytes(),
                                memory.offsetOf(buffer.memoryAddress() + buffer.readerIndex())));
            }
        }
        return placements;
    }

    @Override
    public void close() {
        batch.close();
        unloaded.close();
    }

    private void place(Field field, VectorShape shape) {
        long length = unloaded.getNodes().get(nextNode++).getLength();
        int count = shape.layout().buffers();
        if (shape.layout() == VectorShape.Layout.VIEW) {
            count += Math.toIntExact(unloaded.getVariadicBufferCounts().get(nextVariadic++));
        }
        long nulls = shape.layout() == VectorShape.Layout.NULL ? length : 0;
        if (shape.layout().hasValidity()) {
            nulls = placeValidity(field, length);
            count--;
        }
        nodes.add(new ArrowFieldNode(length, nulls));
        for (int i = 0; i < count; i++) {
            place(unloaded.getBuffers().get(nextBuffer++));
        }
        for (int child = 0; child < shape.children().size(); child++) {
            place(field.getChildren().get(child), shape.children().get(child));
        }
    }

    private long placeValidity(Field field, long length) {
        ArrowBuf validity = unloaded.getBuffers().get(nextBuffer++);
        boolean counted = field.isNullable() && validity.readableBytes() > 0;
        long nulls = counted ? length - Bitmaps.ones(validity, length) : 0;
        if (nulls > 0 || isInPlace(validity)) {
            place(validity);
        } else {
            buffers.add(allocator.getEmpty());
        }
        return nulls;
    }

    /// A buffer that may stay costs nothing; where it is left out, zeroes have to be written over
    /// it.
    private boolean isInPlace(ArrowBuf buffer) {
        long offset = memory.offsetOf(buffer.memoryAddress() + buffer.readerIndex());
        return offset >= 0 && offset % ALIGNMENT == 0;
    }

    private void place(ArrowBuf buffer) {
        long bytes = buffer.readableBytes();
        if (bytes == 0 || isInPlace(buffer)) {
            buffer.getReferenceManager().retain();
            buffers.add(buffer);
            return;
        }
        ArrowBuf moved = allocator.buffer(bytes);
        buffers.add(moved);
        moved.setBytes(0, buffer, buffer.readerIndex(), bytes);
        moved.writerIndex(bytes);
    }
}
