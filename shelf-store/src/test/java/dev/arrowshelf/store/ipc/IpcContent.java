package dev.arrowshelf.store.ipc;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.flatbuf.Block;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.Footer;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Schema;

/// What an uncompressed stream or file holds, read by the generated flatbuffer classes and nothing
/// of ours: the oracle of the tests.
///
/// @param schema the schema with all metadata
/// @param batches one line for each dictionary batch and record batch: nodes, counts, buffers
record IpcContent(String schema, List<String> batches) {
    /// Reads a stream.
    static IpcContent ofStream(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        List<String> schemas = new ArrayList<>();
        List<String> batches = new ArrayList<>();
        int at = 0;
        while (at < bytes.length) {
            int length = in.getInt(at);
            int prefix = 4;
            if (length == -1) {
                length = in.getInt(at + 4);
                prefix = 8;
            }
            if (length == 0) {
                break;
            }
            Message message = Message.getRootAsMessage(slice(in, at + prefix, length));
            int body = at + prefix + length;
            if (message.headerType() == MessageHeader.Schema) {
                schemas.add(schemaOf(message));
            } else {
                batches.add(describe(message, bytes, body, 1));
            }
            at = body + (int) message.bodyLength();
        }
        return new IpcContent(schemas.getFirst(), batches);
    }

    /// Reads a file, and checks that bodies and buffers lie at multiples of 64.
    static IpcContent ofSegment(MemorySegment file) {
        byte[] bytes = file.toArray(ValueLayout.JAVA_BYTE);
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int footerBytes = in.getInt(bytes.length - 10);
        int footerAt = bytes.length - 10 - footerBytes;
        if (footerAt % 8 != 0) {
            throw new AssertionError("footer is not aligned: offset=" + footerAt);
        }
        Footer footer = Footer.getRootAsFooter(slice(in, footerAt, footerBytes));
        List<String> batches = new ArrayList<>();
        for (int i = 0; i < footer.dictionariesLength(); i++) {
            batches.add(describe(in, bytes, footer.dictionaries(i)));
        }
        for (int i = 0; i < footer.recordBatchesLength(); i++) {
            batches.add(describe(in, bytes, footer.recordBatches(i)));
        }
        String schema = SchemaText.of(footer.schema());
        Message first = Message.getRootAsMessage(slice(in, 16, in.getInt(12)));
        if (!schemaOf(first).equals(schema)) {
            throw new AssertionError("footer and schema message differ");
        }
        return new IpcContent(schema, batches);
    }

    /// Returns the content of a table that was cut into partitions, whose dictionaries are
    /// repeated: record batches only.
    static List<String> recordBatches(List<IpcContent> partitions) {
        return partitions.stream()
                .flatMap(content -> content.batches.stream())
                .filter(line -> line.startsWith("batch"))
                .toList();
    }

    private static String describe(ByteBuffer in, byte[] bytes, Block block) {
        int at = (int) block.offset();
        int body = at + block.metaDataLength();
        Message message = Message.getRootAsMessage(slice(in, at + 8, in.getInt(at + 4)));
        if (body % 64 != 0 || message.bodyLength() != block.bodyLength()) {
            throw new AssertionError("body is not aligned or not the footer's: offset=" + body);
        }
        return describe(message, bytes, body, 64);
    }

    private static String describe(Message message, byte[] bytes, int body, int alignment) {
        String head = "batch ";
        RecordBatch batch;
        if (message.headerType() == MessageHeader.DictionaryBatch) {
            DictionaryBatch dictionary = (DictionaryBatch) message.header(new DictionaryBatch());
            head = "dictionary " + dictionary.id() + (dictionary.isDelta() ? " delta " : " ");
            batch = dictionary.data();
        } else {
            batch = (RecordBatch) message.header(new RecordBatch());
        }
        return head
                + message.version()
                + ' '
                + SchemaText.pairs(message)
                + ' '
                + describe(batch, bytes, body, alignment);
    }

    private static String describe(RecordBatch batch, byte[] bytes, int body, int alignment) {
        StringBuilder text = new StringBuilder().append(batch.length());
        for (int i = 0; i < batch.nodesLength(); i++) {
            text.append(" [").append(batch.nodes(i).length());
            text.append(' ').append(batch.nodes(i).nullCount()).append(']');
        }
        text.append(' ')
                .append(
                        Arrays.toString(
                                IntStream.range(0, batch.variadicBufferCountsLength())
                                        .mapToLong(batch::variadicBufferCounts)
                                        .toArray()));
        for (int i = 0; i < batch.buffersLength(); i++) {
            int from = body + (int) batch.buffers(i).offset();
            int length = (int) batch.buffers(i).length();
            if (from % alignment != 0) {
                throw new AssertionError("buffer is not aligned: offset=" + from);
            }
            text.append("\n  ").append(HexFormat.of().formatHex(bytes, from, from + length));
        }
        return text.append(batch.compression() == null ? "" : " compressed").toString();
    }

    private static String schemaOf(Message message) {
        return SchemaText.of((Schema) message.header(new Schema()));
    }

    private static ByteBuffer slice(ByteBuffer in, int at, int length) {
        return in.slice(at, length).order(ByteOrder.LITTLE_ENDIAN);
    }
}
