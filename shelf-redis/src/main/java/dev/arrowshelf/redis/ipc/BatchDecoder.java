package dev.arrowshelf.redis.ipc;

import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.MetadataBytes;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import java.lang.foreign.MemorySegment;

/// Decodes record batches into memory that the next one overwrites. For one thread.
public final class BatchDecoder implements AutoCloseable {
    private static final int ALIGNMENT = 64;

    private final SchemaMetadata schema;
    private final ScratchPool pool;
    private MemorySegment decoded = MemorySegment.NULL;
    private long[] offsets = new long[0];
    private long[] lengths = new long[0];

    /// Decodes batches of a schema.
    public BatchDecoder(SchemaMetadata schema, ScratchPool pool) {
        this.schema = schema;
        this.pool = pool;
    }

    /// Decodes a framed message whose first piece is its head, and returns its rows.
    public long decode(ChunkBytes message) {
        MemorySegment head = message.pieces().getFirst();
        MemorySegment metadata = head.asSlice(MessageBytes.PREFIX_BYTES);
        BatchMetadata batch = BatchMetadata.parse(MetadataBytes.copyOf(metadata, 1), schema);
        if (message.pieces().size() == 2) {
            return decode(batch, message.pieces().getLast());
        }
        long bytes = message.bytes() - head.byteSize();
        MemorySegment body = pool.take(bytes);
        try {
            long at = 0;
            for (MemorySegment piece : message.pieces().subList(1, message.pieces().size())) {
                MemorySegment.copy(piece, 0, body, at, piece.byteSize());
                at += piece.byteSize();
            }
            return decode(batch, body.asSlice(0, bytes));
        } finally {
            pool.giveBack(body);
        }
    }

    /// Decodes a batch and returns its rows.
    public long decode(BatchMetadata batch, MemorySegment body) {
        lengths = Transcoder.checked(batch, body, schema);
        offsets = new long[lengths.length];
        long end = 0;
        for (int i = 0; i < lengths.length; i++) {
            offsets[i] = end;
            end = (end + lengths[i] + ALIGNMENT - 1) & -ALIGNMENT;
        }
        if (decoded.byteSize() < end) {
            release();
            decoded = pool.take(end);
        }
        for (int i = 0; i < lengths.length; i++) {
            Transcoder.decode(batch, Transcoder.buffer(batch, body, i), buffer(i));
        }
        return batch.rows();
    }

    /// Returns a buffer of the batch decoded last.
    public MemorySegment buffer(int index) {
        return decoded.asSlice(offsets[index], lengths[index]);
    }

    /// Returns the number of buffers of the batch decoded last.
    public int buffers() {
        return lengths.length;
    }

    private void release() {
        if (decoded.byteSize() > 0) {
            pool.giveBack(decoded);
            decoded = MemorySegment.NULL;
        }
    }

    @Override
    public void close() {
        release();
    }
}
