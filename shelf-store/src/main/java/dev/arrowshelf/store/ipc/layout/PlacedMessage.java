package dev.arrowshelf.store.ipc.layout;

import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.MetadataBytes;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A message at its place in a segment or payload: head (marker, length, metadata, padding) and
/// body, which begins at a multiple of 64.
public final class PlacedMessage {
    /// Bytes that everything in a segment is a multiple of.
    public static final int ALIGNMENT = 64;

    /// Bytes of continuation marker and metadata length.
    public static final int PREFIX_BYTES = 8;

    /// Lengths beyond this are refused before they can overflow.
    public static final long MAX_BYTES = 1L << 56;

    public static final int CONTINUATION = -1;

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MetadataBytes metadata;
    private final @Nullable BatchMetadata batch;
    private final long offset;
    private final int metadataBytes;
    private final long bodyBytes;

    private PlacedMessage(MetadataBytes metadata, @Nullable BatchMetadata batch, long offset) {
        this.metadata = metadata;
        this.batch = batch;
        this.offset = offset;
        this.metadataBytes =
                Math.toIntExact(headEnd(offset, metadata.size()) - offset - PREFIX_BYTES);
        this.bodyBytes = batch == null ? 0 : batch.bodyBytes();
    }

    /// Places a schema message.
    public static PlacedMessage schema(SchemaMetadata schema, long offset) {
        return new PlacedMessage(schema.bytes(), null, offset);
    }

    /// Places a batch: one buffer after the other, each at a multiple of 64.
    public static PlacedMessage packed(ParsedBatch parsed, SchemaMetadata schema, long offset) {
        long[] places = new long[parsed.buffers()];
        long position = 0;
        for (int i = 0; i < places.length; i++) {
            places[i] = position;
            position = next(position, parsed.decodedBytes(i), parsed.batch());
        }
        BatchMetadata batch =
                parsed.batch().relocated(places, parsed.decodedBytes(), position, schema);
        return new PlacedMessage(batch.bytes(), batch, offset);
    }

    /// Returns where the next message would begin if a batch were placed by [#packed].
    public static long packedEnd(ParsedBatch parsed, long offset) {
        long position = 0;
        for (int i = 0; i < parsed.buffers(); i++) {
            position = next(position, parsed.decodedBytes(i), parsed.batch());
        }
        return headEnd(offset, parsed.batch().bytes().size()) + position;
    }

    /// Places a batch whose buffers lie in the file already.
    ///
    /// @param fileOffsets where each buffer lies, whatever for empty ones
    public static PlacedMessage around(
            ParsedBatch parsed, SchemaMetadata schema, long offset, long[] fileOffsets) {
        BatchMetadata original = parsed.batch();
        long body = headEnd(offset, original.bytes().size());
        long[] places = new long[parsed.buffers()];
        long end = 0;
        for (int i = 0; i < places.length; i++) {
            long bytes = parsed.decodedBytes(i);
            places[i] = bytes == 0 ? 0 : fileOffsets[i] - body;
            if (places[i] < 0) {
                throw original.bytes()
                        .unsupported(
                                "metadata does not fit before the first buffer: buffer="
                                        + i
                                        + ", fileOffset="
                                        + fileOffsets[i]
                                        + ", needed="
                                        + body);
            }
            end = Math.max(end, next(places[i], bytes, original));
        }
        BatchMetadata batch = original.relocated(places, parsed.decodedBytes(), end, schema);
        return new PlacedMessage(batch.bytes(), batch, offset);
    }

    private static long next(long position, long bytes, BatchMetadata batch) {
        if (bytes > MAX_BYTES - position) {
            throw batch.bytes()
                    .invalid("body is impossibly long: position=" + position + ", bytes=" + bytes);
        }
        return align(position + bytes, ALIGNMENT);
    }

    /// Returns where the message begins.
    public long offset() {
        return offset;
    }

    /// Returns the bytes of the head: prefix, metadata, padding.
    public int headBytes() {
        return PREFIX_BYTES + metadataBytes;
    }

    /// Returns where the body begins.
    public long bodyOffset() {
        return offset + headBytes();
    }

    /// Returns the length of the body, a multiple of 64.
    public long bodyBytes() {
        return bodyBytes;
    }

    /// Returns where the next message begins.
    public long end() {
        return bodyOffset() + bodyBytes;
    }

    /// Returns where a buffer lies, counted as [#offset] is.
    public long bufferOffset(int buffer) {
        return bodyOffset() + batch().bufferOffset(buffer);
    }

    /// Returns the patched batch.
    public BatchMetadata batch() {
        if (batch == null) {
            throw new IllegalStateException("message has no body: offset=" + offset);
        }
        return batch;
    }

    /// Returns the patched metadata, without padding, read-only.
    public MemorySegment metadata() {
        return MemorySegment.ofArray(metadata.array()).asReadOnly();
    }

    /// Writes the head to its place in memory.
    public void writeHead(MemorySegment target) {
        target.set(INT, offset, CONTINUATION);
        target.set(INT, offset + 4, metadataBytes);
        long at = offset + PREFIX_BYTES;
        MemorySegment.copy(metadata.array(), 0, target, ValueLayout.JAVA_BYTE, at, metadata.size());
        target.asSlice(at + metadata.size(), metadataBytes - metadata.size()).fill((byte) 0);
    }

    /// Returns the head as bytes of its own.
    public MemorySegment head() {
        MemorySegment head = MemorySegment.ofArray(new byte[headBytes()]);
        head.set(INT, 0, CONTINUATION);
        head.set(INT, 4, metadataBytes);
        MemorySegment.copy(
                metadata.array(), 0, head, ValueLayout.JAVA_BYTE, PREFIX_BYTES, metadata.size());
        return head;
    }

    /// Adds the ranges of the body that no buffer covers, to be made zero.
    public void gaps(List<Gap> gaps) {
        if (batch != null) {
            BodyGaps.find(batch, bodyOffset(), bodyBytes, gaps);
        }
    }

    /// Returns where the body of a message begins: the first multiple of 64 behind its metadata.
    public static long headEnd(long offset, long metadataSize) {
        return align(offset + PREFIX_BYTES + metadataSize, ALIGNMENT);
    }

    /// Returns the next multiple of a power of two.
    public static long align(long value, int alignment) {
        return (value + alignment - 1) & -alignment;
    }
}
