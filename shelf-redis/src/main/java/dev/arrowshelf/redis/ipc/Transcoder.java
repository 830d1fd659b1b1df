package dev.arrowshelf.redis.ipc;

import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.store.ipc.BodyDecoder;
import dev.arrowshelf.store.ipc.Encoding;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.Codec;
import dev.arrowshelf.store.ipc.metadata.IpcFault;
import dev.arrowshelf.store.ipc.metadata.MetadataBytes;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import dev.arrowshelf.store.ipc.metadata.StructureCheck;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Gives batches another compression, buffer by buffer: no vector is made. For one thread.
///
/// Memory: what is returned lies in memory that the transcoder took from the pool; it is given back
/// by [#release], before the next message.
public final class Transcoder implements AutoCloseable {
    private static final int UNCOMPRESSED_ALIGNMENT = 64;

    private final SchemaMetadata schema;
    private final ScratchPool pool;
    private final BufferEncoder encoder;
    private MemorySegment decoded = MemorySegment.NULL;
    private MemorySegment body = MemorySegment.NULL;

    /// Makes batches of this schema have this compression.
    public Transcoder(SchemaMetadata schema, Compression target, ScratchPool pool) {
        this.schema = schema;
        this.pool = pool;
        this.encoder = new BufferEncoder(target);
    }

    /// Checks a batch and returns its decoded lengths.
    ///
    /// @param body what the message says is its body
    public static long[] checked(BatchMetadata batch, MemorySegment body, SchemaMetadata schema) {
        long[] decoded = new long[batch.buffers()];
        for (int i = 0; i < decoded.length; i++) {
            MemorySegment buffer = buffer(batch, body, i);
            decoded[i] = buffer.byteSize();
            if (batch.codec() != null && decoded[i] != 0) {
                long stated = BodyDecoder.decodedBytes(buffer);
                decoded[i] = stated == -1 ? buffer.byteSize() - Codec.PREFIX_BYTES : stated;
                if (stated < -1 || stated > Integer.MAX_VALUE) {
                    throw IpcFault.invalid("buffer states an impossible length: stated=" + stated);
                }
            }
        }
        StructureCheck.check(batch, schema, decoded);
        return decoded;
    }

    /// Returns a buffer as it lies in a body.
    static MemorySegment buffer(BatchMetadata batch, MemorySegment body, int index) {
        long offset = batch.bufferOffset(index);
        long bytes = batch.bufferBytes(index);
        if (offset < 0 || bytes < 0 || offset > body.byteSize() - bytes) {
            throw IpcFault.invalid(
                    "buffer lies outside its body: offset=" + offset + ", bytes=" + bytes);
        }
        return body.asSlice(offset, bytes);
    }

    /// Decodes one buffer of a batch to the begin of the target.
    static void decode(BatchMetadata batch, MemorySegment buffer, MemorySegment target) {
        if (buffer.byteSize() == 0) {
            return;
        }
        if (batch.codec() == null) {
            MemorySegment.copy(buffer, 0, target, 0, buffer.byteSize());
        } else if (BodyDecoder.decodedBytes(buffer) == -1) {
            long bytes = buffer.byteSize() - Codec.PREFIX_BYTES;
            MemorySegment.copy(buffer, Codec.PREFIX_BYTES, target, 0, bytes);
        } else {
            Encoding encoding = batch.codec() == Codec.ZSTD ? Encoding.ZSTD : Encoding.LZ4;
            BodyDecoder.decode(encoding, buffer, target);
        }
    }

    /// Returns the message with the target's compression, framed.
    public ChunkBytes transcode(IpcMessage message, MemorySegment source) {
        BatchMetadata batch =
                BatchMetadata.parse(MetadataBytes.copyOf(message.metadata(), 1), schema);
        long[] decodedBytes = checked(batch, source, schema);
        reserve(decodedBytes);
        long[] offsets = new long[decodedBytes.length];
        long[] lengths = new long[decodedBytes.length];
        long at = 0;
        for (int i = 0; i < offsets.length; i++) {
            MemorySegment buffer = decoded.asSlice(0, decodedBytes[i]);
            decode(batch, buffer(batch, source, i), buffer);
            offsets[i] = at;
            lengths[i] = encoder.encode(buffer, body.asSlice(at));
            at = padded(at + lengths[i]);
        }
        long id = batch.isDictionary() ? schema.dictionaries().get(batch.dictionary()).id() : 0;
        MemorySegment head =
                MessageBytes.like(
                        batch, id, new PlacedBuffers(offsets, lengths, at, encoder.compression()));
        return ChunkBytes.of(List.of(head, body.asSlice(0, at)));
    }

    /// Gives the memory of the last message back.
    public void release() {
        if (body.byteSize() > 0) {
            pool.giveBack(body);
            body = MemorySegment.NULL;
        }
    }

    /// Returns the memory of the last message's body, which is the caller's to give back from now
    /// on.
    public MemorySegment handOver() {
        MemorySegment given = body;
        body = MemorySegment.NULL;
        return given;
    }

    private void reserve(long[] decodedBytes) {
        long longest = 0;
        long bound = 0;
        for (long bytes : decodedBytes) {
            longest = Math.max(longest, bytes);
            bound = next(bound + encoder.bound(bytes));
        }
        if (decoded.byteSize() < longest) {
            if (decoded.byteSize() > 0) {
                pool.giveBack(decoded);
            }
            decoded = pool.take(longest);
        }
        release();
        body = pool.take(bound);
    }

    /// Pads a position of the body with zero bytes.
    private long padded(long position) {
        long next = next(position);
        body.asSlice(position, next - position).fill((byte) 0);
        return next;
    }

    private long next(long position) {
        int alignment =
                encoder.compression() == Compression.NONE
                        ? UNCOMPRESSED_ALIGNMENT
                        : MessageBytes.ALIGNMENT;
        return (position + alignment - 1) & -alignment;
    }

    @Override
    public void close() {
        release();
        if (decoded.byteSize() > 0) {
            pool.giveBack(decoded);
            decoded = MemorySegment.NULL;
        }
        encoder.close();
    }
}
