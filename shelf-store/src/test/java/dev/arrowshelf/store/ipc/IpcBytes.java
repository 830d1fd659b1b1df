package dev.arrowshelf.store.ipc;

import com.github.luben.zstd.Zstd;
import com.google.flatbuffers.FlatBufferBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.flatbuf.Block;
import org.apache.arrow.flatbuf.BodyCompression;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.CompressionType;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.Footer;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.MetadataVersion;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorOutputStream;

/// Writes Arrow IPC streams and files for tests, by the generated flatbuffer classes and nothing of
/// ours.
final class IpcBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<long[]> dictionaryBlocks = new ArrayList<>();
    private final List<long[]> batchBlocks = new ArrayList<>();
    private final Schema schema;
    private boolean file;
    private boolean oldFraming;
    private short version = MetadataVersion.V5;
    private int alignment = 8;
    private byte codec = -1;

    IpcBytes(Schema schema) {
        this.schema = schema;
    }

    /// Makes a file instead of a stream.
    IpcBytes asFile() {
        file = true;
        return this;
    }

    /// Leaves out the continuation marker, as Arrow before 0.15.
    IpcBytes withOldFraming() {
        oldFraming = true;
        return this;
    }

    IpcBytes withVersion(short metadataVersion) {
        version = metadataVersion;
        return this;
    }

    IpcBytes withAlignment(int bytes) {
        alignment = bytes;
        return this;
    }

    /// Compresses each buffer that gains by it, as Arrow writers do.
    IpcBytes withCodec(byte compressionType) {
        codec = compressionType;
        return this;
    }

    /// Writes the schema message; the first call.
    IpcBytes begin() {
        if (file) {
            out.writeBytes(new byte[] {'A', 'R', 'R', 'O', 'W', '1', 0, 0});
        }
        FlatBufferBuilder builder = new FlatBufferBuilder();
        int header = schema.getSchema(builder);
        message(finish(builder, MessageHeader.Schema, header, 0), new byte[0]);
        return this;
    }

    IpcBytes batch(TestBatch batch) {
        byte[] body = body(batch);
        FlatBufferBuilder builder = new FlatBufferBuilder();
        int header = recordBatch(builder, batch);
        batchBlocks.add(
                message(finish(builder, MessageHeader.RecordBatch, header, body.length), body));
        return this;
    }

    IpcBytes dictionary(long id, boolean delta, TestBatch batch) {
        byte[] body = body(batch);
        FlatBufferBuilder builder = new FlatBufferBuilder();
        int data = recordBatch(builder, batch);
        int header = DictionaryBatch.createDictionaryBatch(builder, id, data, delta);
        dictionaryBlocks.add(
                message(finish(builder, MessageHeader.DictionaryBatch, header, body.length), body));
        return this;
    }

    /// Ends the stream or file.
    byte[] end() {
        out.writeBytes(oldFraming ? new byte[4] : new byte[] {-1, -1, -1, -1, 0, 0, 0, 0});
        if (file) {
            byte[] footer = footer();
            out.writeBytes(footer);
            out.writeBytes(littleEndian(footer.length));
            out.writeBytes(new byte[] {'A', 'R', 'R', 'O', 'W', '1'});
        }
        return out.toByteArray();
    }

    /// Ends it as memory of exactly that length.
    MemorySegment segment() {
        return MemorySegment.ofArray(end());
    }

    private byte[] finish(FlatBufferBuilder builder, byte headerType, int header, long bodyBytes) {
        int key = builder.createString("made by");
        int value = builder.createString("a test");
        int pair = KeyValue.createKeyValue(builder, key, value);
        int pairs = Message.createCustomMetadataVector(builder, new int[] {pair});
        builder.finish(
                Message.createMessage(builder, version, headerType, header, bodyBytes, pairs));
        return builder.sizedByteArray();
    }

    private long[] message(byte[] metadata, byte[] body) {
        int prefix = oldFraming ? 4 : 8;
        int padded = align(out.size() + prefix + metadata.length, alignment) - out.size() - prefix;
        final long offset = out.size();
        if (!oldFraming) {
            out.writeBytes(littleEndian(-1));
        }
        out.writeBytes(littleEndian(padded));
        out.writeBytes(Arrays.copyOf(metadata, padded));
        out.writeBytes(body);
        return new long[] {offset, (long) prefix + padded, body.length};
    }

    private List<byte[]> encoded(TestBatch batch) {
        return codec < 0 ? batch.buffers : batch.buffers.stream().map(this::encode).toList();
    }

    private byte[] encode(byte[] bytes) {
        if (bytes.length == 0) {
            return bytes;
        }
        byte[] frame = codec == CompressionType.ZSTD ? Zstd.compress(bytes) : lz4(bytes);
        boolean gains = frame.length < bytes.length;
        byte[] data = gains ? frame : bytes;
        return ByteBuffer.allocate(8 + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(gains ? bytes.length : -1)
                .put(data)
                .array();
    }

    private static byte[] lz4(byte[] bytes) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        try (FramedLZ4CompressorOutputStream lz4 = new FramedLZ4CompressorOutputStream(frame)) {
            lz4.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return frame.toByteArray();
    }

    private byte[] body(TestBatch batch) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (byte[] buffer : encoded(batch)) {
            body.writeBytes(Arrays.copyOf(buffer, align(buffer.length, alignment)));
        }
        return body.toByteArray();
    }

    private int recordBatch(FlatBufferBuilder builder, TestBatch batch) {
        int counts = 0;
        if (!batch.dataBuffers.isEmpty()) {
            counts =
                    RecordBatch.createVariadicBufferCountsVector(
                            builder,
                            batch.dataBuffers.stream().mapToLong(Long::longValue).toArray());
        }
        int compression = 0;
        if (codec >= 0) {
            compression = BodyCompression.createBodyCompression(builder, codec, (byte) 0);
        }
        int buffers = buffers(builder, encoded(batch));
        RecordBatch.startNodesVector(builder, batch.nodes.size());
        for (long[] node : batch.nodes.reversed()) {
            FieldNode.createFieldNode(builder, node[0], node[1]);
        }
        int nodes = builder.endVector();
        return RecordBatch.createRecordBatch(
                builder, batch.rows, nodes, buffers, compression, counts);
    }

    private int buffers(FlatBufferBuilder builder, List<byte[]> encoded) {
        long[] offsets = new long[encoded.size()];
        long position = 0;
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = position;
            position += align(encoded.get(i).length, alignment);
        }
        RecordBatch.startBuffersVector(builder, offsets.length);
        for (int i = offsets.length - 1; i >= 0; i--) {
            Buffer.createBuffer(builder, offsets[i], encoded.get(i).length);
        }
        return builder.endVector();
    }

    private byte[] footer() {
        FlatBufferBuilder builder = new FlatBufferBuilder();
        int header = schema.getSchema(builder);
        Footer.startDictionariesVector(builder, dictionaryBlocks.size());
        blocks(builder, dictionaryBlocks);
        int dictionaries = builder.endVector();
        Footer.startRecordBatchesVector(builder, batchBlocks.size());
        blocks(builder, batchBlocks);
        int batches = builder.endVector();
        builder.finish(Footer.createFooter(builder, version, header, dictionaries, batches, 0));
        return builder.sizedByteArray();
    }

    private static void blocks(FlatBufferBuilder builder, List<long[]> blocks) {
        for (long[] block : blocks.reversed()) {
            Block.createBlock(builder, block[0], (int) block[1], block[2]);
        }
    }

    private static byte[] littleEndian(int value) {
        return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
    }

    private static int align(int value, int alignment) {
        return (value + alignment - 1) & -alignment;
    }
}
