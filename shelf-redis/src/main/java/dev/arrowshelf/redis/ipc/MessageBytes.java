package dev.arrowshelf.redis.ipc;

import com.google.flatbuffers.FlatBufferBuilder;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.apache.arrow.flatbuf.BodyCompression;
import org.apache.arrow.flatbuf.BodyCompressionMethod;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.CompressionType;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.MetadataVersion;
import org.apache.arrow.flatbuf.RecordBatch;

/// The heads of encapsulated messages: continuation mark, length, metadata, padding to 8 bytes.
public final class MessageBytes {
    /// Mark and length before the metadata.
    public static final int PREFIX_BYTES = 8;

    /// What messages and bodies are padded to.
    public static final int ALIGNMENT = 8;

    private static final int CONTINUATION = -1;
    private static final byte[] END = {-1, -1, -1, -1, 0, 0, 0, 0};
    private static final byte[] ZEROES = new byte[ALIGNMENT];
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private MessageBytes() {}

    /// Returns the mark that ends a stream.
    public static MemorySegment end() {
        return MemorySegment.ofArray(END).asReadOnly();
    }

    /// Returns zero bytes that pad a length.
    static MemorySegment padding(long bytes) {
        return MemorySegment.ofArray(ZEROES).asSlice(0, aligned(bytes) - bytes).asReadOnly();
    }

    /// Returns a length with its padding.
    public static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /// Returns the head of a message with these metadata.
    public static MemorySegment head(MemorySegment metadata) {
        int padded = Math.toIntExact(aligned(metadata.byteSize()));
        MemorySegment head = MemorySegment.ofArray(new byte[PREFIX_BYTES + padded]);
        head.set(INT, 0, CONTINUATION);
        head.set(INT, Integer.BYTES, padded);
        MemorySegment.copy(metadata, 0, head, PREFIX_BYTES, metadata.byteSize());
        return head;
    }

    /// Returns the head of a record batch.
    ///
    /// @param nodes length and null count of each node, one after the other
    /// @param variadicCounts numbers of data buffers of the columns of views
    public static MemorySegment recordBatch(
            long rows, long[] nodes, long[] variadicCounts, PlacedBuffers placed) {
        FlatBufferBuilder builder = new FlatBufferBuilder(1024);
        int batch = batch(builder, rows, nodes, variadicCounts, placed);
        return finished(builder, MessageHeader.RecordBatch, batch, placed.bodyBytes());
    }

    /// Returns the head of a batch of a dictionary.
    public static MemorySegment dictionaryBatch(
            long id,
            boolean delta,
            long rows,
            long[] nodes,
            long[] variadicCounts,
            PlacedBuffers placed) {
        FlatBufferBuilder builder = new FlatBufferBuilder(1024);
        int batch = batch(builder, rows, nodes, variadicCounts, placed);
        int dictionary = DictionaryBatch.createDictionaryBatch(builder, id, batch, delta);
        return finished(builder, MessageHeader.DictionaryBatch, dictionary, placed.bodyBytes());
    }

    /// Returns the head of a batch like another one whose buffers are encoded in another way.
    ///
    /// @param dictionaryId id of the dictionary that it is a batch of; not used for record batches
    static MemorySegment like(BatchMetadata batch, long dictionaryId, PlacedBuffers placed) {
        long[] nodes = new long[2 * batch.nodes()];
        for (int i = 0; i < batch.nodes(); i++) {
            nodes[2 * i] = batch.length(i);
            nodes[2 * i + 1] = batch.nullCount(i);
        }
        long[] counts = new long[batch.variadicCounts()];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = batch.variadicCount(i);
        }
        return batch.isDictionary()
                ? dictionaryBatch(
                        dictionaryId, batch.isDelta(), batch.rows(), nodes, counts, placed)
                : recordBatch(batch.rows(), nodes, counts, placed);
    }

    private static int batch(
            FlatBufferBuilder builder,
            long rows,
            long[] nodes,
            long[] counts,
            PlacedBuffers placed) {
        RecordBatch.startNodesVector(builder, nodes.length / 2);
        for (int i = nodes.length - 2; i >= 0; i -= 2) {
            FieldNode.createFieldNode(builder, nodes[i], nodes[i + 1]);
        }
        int nodeVector = builder.endVector();
        RecordBatch.startBuffersVector(builder, placed.count());
        for (int i = placed.count() - 1; i >= 0; i--) {
            Buffer.createBuffer(builder, placed.offset(i), placed.length(i));
        }
        int bufferVector = builder.endVector();
        int countVector =
                counts.length == 0
                        ? 0
                        : RecordBatch.createVariadicBufferCountsVector(builder, counts);
        int compression =
                switch (placed.compression()) {
                    case NONE -> 0;
                    case ZSTD -> compression(builder, CompressionType.ZSTD);
                    case LZ4 -> compression(builder, CompressionType.LZ4_FRAME);
                };
        RecordBatch.startRecordBatch(builder);
        RecordBatch.addLength(builder, rows);
        RecordBatch.addNodes(builder, nodeVector);
        RecordBatch.addBuffers(builder, bufferVector);
        if (compression != 0) {
            RecordBatch.addCompression(builder, compression);
        }
        if (countVector != 0) {
            RecordBatch.addVariadicBufferCounts(builder, countVector);
        }
        return RecordBatch.endRecordBatch(builder);
    }

    private static int compression(FlatBufferBuilder builder, byte codec) {
        return BodyCompression.createBodyCompression(builder, codec, BodyCompressionMethod.BUFFER);
    }

    private static MemorySegment finished(
            FlatBufferBuilder builder, byte type, int header, long bodyBytes) {
        Message.startMessage(builder);
        Message.addHeaderType(builder, type);
        Message.addHeader(builder, header);
        Message.addVersion(builder, MetadataVersion.V5);
        Message.addBodyLength(builder, bodyBytes);
        builder.finish(Message.endMessage(builder));
        return head(MemorySegment.ofBuffer(builder.dataBuffer()));
    }
}
