package dev.arrowshelf.store.ipc.layout;

import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.Codec;
import dev.arrowshelf.store.ipc.metadata.MetadataBytes;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import dev.arrowshelf.store.ipc.metadata.StructureCheck;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// A batch whose structure was found to be right: metadata that says "uncompressed", and where each
/// buffer lies in the body that came with it.
public final class ParsedBatch {
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long NOT_ENCODED = -1;

    private final BatchMetadata batch;
    private final long[] sourceOffset;
    private final long[] sourceBytes;
    private final long[] decodedBytes;
    private final boolean[] encoded;
    private final @Nullable Codec codec;

    private ParsedBatch(BatchMetadata batch, BatchMetadata plain) {
        this.batch = plain;
        this.codec = batch.codec();
        int buffers = batch.buffers();
        this.sourceOffset = new long[buffers];
        this.sourceBytes = new long[buffers];
        this.decodedBytes = new long[buffers];
        this.encoded = new boolean[codec == null ? 0 : buffers];
    }

    /// Checks a message against its schema.
    ///
    /// @param metadata the flatbuffer of the message
    /// @param bodyBytes length of the body that came with it
    /// @param number of the message in its table, for errors
    /// @param body needed when the body is compressed, to read the decoded lengths
    public static ParsedBatch parse(
            MemorySegment metadata,
            long bodyBytes,
            SchemaMetadata schema,
            int number,
            @Nullable MemorySegment body) {
        BatchMetadata batch = BatchMetadata.parse(MetadataBytes.copyOf(metadata, number), schema);
        if (batch.bodyBytes() != bodyBytes) {
            String fact = "body does not have the length its message states: bodyBytes=";
            throw batch.bytes().invalid(fact + bodyBytes + ", stated=" + batch.bodyBytes());
        }
        BatchMetadata plain =
                batch.codec() == null
                        ? batch
                        : BatchMetadata.parse(batch.withoutCompression(), schema);
        ParsedBatch parsed = new ParsedBatch(batch, plain);
        parsed.readBuffers(bodyBytes, body);
        StructureCheck.check(plain, schema, parsed.decodedBytes);
        return parsed;
    }

    private void readBuffers(long bodyBytes, @Nullable MemorySegment body) {
        if (codec != null && body == null) {
            throw batch.bytes()
                    .unsupported("compressed body cannot be laid out unseen: codec=" + codec);
        }
        long end = 0;
        boolean inOrder = true;
        for (int i = 0; i < sourceOffset.length; i++) {
            long offset = batch.bufferOffset(i);
            long bytes = batch.bufferBytes(i);
            if (offset < 0 || bytes < 0 || offset > bodyBytes || bytes > bodyBytes - offset) {
                String fact =
                        "buffer lies outside its body of bytes=" + bodyBytes + ": buffer=" + i;
                throw batch.bytes().invalid(fact + ", offset=" + offset + ", bytes=" + bytes);
            }
            inOrder &= bytes == 0 || offset >= end;
            end = bytes == 0 ? end : offset + bytes;
            sourceOffset[i] = offset;
            sourceBytes[i] = bytes;
            decodedBytes[i] = bytes;
            if (body != null && codec != null && bytes > 0) {
                readDecodedLength(i, body);
            }
        }
        if (!inOrder) {
            requireApart();
        }
    }

    /// Buffers may come in any order, but not share bytes: small bodies could otherwise claim to be
    /// large tables.
    private void requireApart() {
        int[] order = batch.buffersInOrder();
        long end = 0;
        for (int buffer : order) {
            long bytes = batch.bufferBytes(buffer);
            if (bytes > 0 && batch.bufferOffset(buffer) < end) {
                throw batch.bytes()
                        .invalid("buffers overlap: buffer=" + buffer + ", previousEnd=" + end);
            }
            end = bytes == 0 ? end : batch.bufferOffset(buffer) + bytes;
        }
    }

    private void readDecodedLength(int buffer, MemorySegment body) {
        if (sourceBytes[buffer] < Codec.PREFIX_BYTES) {
            throw batch.bytes().invalid("compressed buffer has no length: buffer=" + buffer);
        }
        long decoded = body.get(LONG, sourceOffset[buffer]);
        if (decoded == NOT_ENCODED) {
            sourceOffset[buffer] += Codec.PREFIX_BYTES;
            sourceBytes[buffer] -= Codec.PREFIX_BYTES;
            decodedBytes[buffer] = sourceBytes[buffer];
            return;
        }
        if (decoded < 0 || decoded > PlacedMessage.MAX_BYTES) {
            throw batch.bytes()
                    .invalid(
                            "compressed buffer states an impossible length: buffer="
                                    + buffer
                                    + ", stated="
                                    + decoded);
        }
        decodedBytes[buffer] = decoded;
        encoded[buffer] = true;
    }

    /// Returns the metadata, which still states the places in the body that came with the message.
    public BatchMetadata batch() {
        return batch;
    }

    /// Returns the number of buffers.
    public int buffers() {
        return decodedBytes.length;
    }

    /// Returns where a buffer lies in the body that came with the message.
    public long sourceOffset(int buffer) {
        return sourceOffset[buffer];
    }

    /// Returns how long a buffer is there.
    public long sourceBytes(int buffer) {
        return sourceBytes[buffer];
    }

    /// Returns how long a buffer is in memory.
    public long decodedBytes(int buffer) {
        return decodedBytes[buffer];
    }

    /// Returns how long each buffer is in memory; not to be changed.
    public long[] decodedBytes() {
        return decodedBytes;
    }

    /// Returns how a buffer is compressed in the body that came with the message, null for not at
    /// all.
    public @Nullable Codec codec(int buffer) {
        return codec != null && encoded[buffer] ? codec : null;
    }

    /// Returns whether the body that came with the message is compressed.
    public boolean isCompressed() {
        return codec != null;
    }
}
