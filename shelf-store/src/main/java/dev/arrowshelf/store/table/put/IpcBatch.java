package dev.arrowshelf.store.table.put;

import dev.arrowshelf.memory.ForeignMemory;
import dev.arrowshelf.store.ipc.BodyDecoder;
import dev.arrowshelf.store.ipc.Encoding;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.Codec;
import dev.arrowshelf.store.ipc.metadata.IpcFault;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import dev.arrowshelf.store.ipc.metadata.StructureCheck;
import dev.arrowshelf.store.table.batch.BatchParts;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ForeignAllocation;

/// A record batch of a stream whose body lies in native memory, its compressed buffers decoded. Its
/// structure is checked, the content of its buffers is not.
///
/// One thread. Holds its buffers until [#close()]; the body must stay until then, and as long as
/// anything cut from this batch lives.
final class IpcBatch implements BatchParts, AutoCloseable {
    private final BatchMetadata batch;
    private final ArrowBuf body;
    private final List<ArrowBuf> buffers = new ArrayList<>();

    IpcBatch(
            BatchMetadata batch,
            MemorySegment body,
            SchemaMetadata schema,
            BufferAllocator allocator) {
        this.batch = batch;
        this.body = allocator.wrapForeignAllocation(new Borrowed(body));
        try {
            long[] lengths = new long[batch.buffers()];
            for (int i = 0; i < lengths.length; i++) {
                ArrowBuf buffer = buffer(i, body, allocator);
                buffers.add(buffer);
                lengths[i] = buffer.capacity();
            }
            StructureCheck.check(batch, schema, lengths);
        } catch (Throwable failure) {
            close();
            throw failure;
        }
    }

    private ArrowBuf buffer(int index, MemorySegment source, BufferAllocator allocator) {
        long offset = batch.bufferOffset(index);
        long bytes = batch.bufferBytes(index);
        if (offset < 0 || bytes < 0 || offset > source.byteSize() - bytes) {
            throw IpcFault.invalid(
                    "buffer lies outside its body: buffer=%d, offset=%d, bytes=%d, bodyBytes=%d"
                            .formatted(index, offset, bytes, source.byteSize()));
        }
        Codec codec = batch.codec();
        if (codec == null || bytes == 0) {
            return borrowed(offset, bytes);
        }
        MemorySegment encoded = source.asSlice(offset, bytes);
        long decoded = BodyDecoder.decodedBytes(encoded);
        if (decoded == -1) {
            return borrowed(offset + Codec.PREFIX_BYTES, bytes - Codec.PREFIX_BYTES);
        }
        if (decoded < 0) {
            throw IpcFault.invalid(
                    "compressed buffer states an impossible length: stated=" + decoded);
        }
        ArrowBuf target = allocator.buffer(decoded);
        try {
            Encoding encoding =
                    switch (codec) {
                        case LZ4_FRAME -> Encoding.LZ4;
                        case ZSTD -> Encoding.ZSTD;
                    };
            BodyDecoder.decode(
                    encoding, encoded, ForeignMemory.at(target.memoryAddress(), decoded));
            return target.slice(0, decoded);
        } catch (Throwable failure) {
            target.close();
            throw failure;
        }
    }

    private ArrowBuf borrowed(long offset, long bytes) {
        ArrowBuf slice = body.slice(offset, bytes);
        slice.getReferenceManager().retain();
        return slice;
    }

    /// Returns the bytes of all decoded buffers.
    long bytes() {
        return buffers.stream().mapToLong(ArrowBuf::capacity).sum();
    }

    @Override
    public long rows() {
        return batch.rows();
    }

    @Override
    public long nodeLength(int node) {
        return batch.length(node);
    }

    @Override
    public long nodeNulls(int node) {
        return batch.nullCount(node);
    }

    @Override
    public ArrowBuf buffer(int index) {
        return buffers.get(index);
    }

    @Override
    public long variadicBuffers(int index) {
        return batch.variadicCount(index);
    }

    @Override
    public void close() {
        buffers.forEach(ArrowBuf::close);
        buffers.clear();
        body.close();
    }

    /// Memory of somebody else.
    private static final class Borrowed extends ForeignAllocation {
        Borrowed(MemorySegment memory) {
            super(memory.byteSize(), memory.address());
        }

        @Override
        protected void release0() {
            // its owner frees it
        }
    }
}
