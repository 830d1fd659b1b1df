package dev.arrowshelf.store.ipc;

import static dev.arrowshelf.store.ipc.layout.PlacedMessage.ALIGNMENT;
import static dev.arrowshelf.store.ipc.layout.PlacedMessage.PREFIX_BYTES;
import static dev.arrowshelf.store.ipc.layout.PlacedMessage.align;

import dev.arrowshelf.store.ipc.layout.Gap;
import dev.arrowshelf.store.ipc.layout.PlacedMessage;
import dev.arrowshelf.store.ipc.metadata.FieldLayout;
import dev.arrowshelf.store.ipc.metadata.FooterMetadata;
import dev.arrowshelf.store.ipc.metadata.IpcFault;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// The bytes of a segment around its messages, as docs/spec/segments.md section 1 draws them:
/// magic, schema message, messages, end of stream, gap, footer, its length, magic.
final class SegmentLayout {
    static final long MAGIC = 0x0000_3157_4F52_5241L;

    /// The two bytes after the opening magic are padding and may be anything in files of others.
    static final long MAGIC_MASK = 0x0000_ffff_ffff_ffffL;

    static final int MAGIC_BYTES = 8;
    static final int CLOSING_MAGIC_BYTES = 6;
    static final int TRAILER_BYTES = 4 + CLOSING_MAGIC_BYTES;
    static final int END_OF_STREAM_BYTES = 8;

    static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int STRUCT_BYTES = 16;
    private static final int DATA_BUFFERS_PER_VIEW = 64;
    private static final int BATCH_SLACK = 2048;

    private final SchemaMetadata schema;
    private final PlacedMessage schemaMessage;
    private long end;
    private long writtenBytes = -1;

    SegmentLayout(SchemaMetadata schema) {
        this.schema = schema;
        this.schemaMessage = PlacedMessage.schema(schema, MAGIC_BYTES);
        this.end = schemaMessage.end();
    }

    /// Returns the schema message, a record batch message with room for custom metadata, and their
    /// padding.
    static long firstUsableOffset(SchemaMetadata schema) {
        long bytes = PREFIX_BYTES + BATCH_SLACK;
        for (FieldLayout field : schema.columns()) {
            bytes += STRUCT_BYTES * ((long) field.nodes() + field.buffers());
            bytes += (long) field.views() * (Long.BYTES + STRUCT_BYTES * DATA_BUFFERS_PER_VIEW);
        }
        return align(PlacedMessage.schema(schema, MAGIC_BYTES).end() + bytes, ALIGNMENT);
    }

    /// Returns where the next message begins.
    long end() {
        return end;
    }

    /// Adds a message that begins at [#end].
    void append(PlacedMessage message) {
        end = message.end();
    }

    /// Returns the length of a segment whose messages end here.
    long contentBytes(long messagesEnd, int dictionaries, int batches) {
        long footer = FooterMetadata.bytes(schema, dictionaries, batches);
        return messagesEnd + END_OF_STREAM_BYTES + footer + TRAILER_BYTES;
    }

    void write(
            SegmentOutput out,
            long fileBytes,
            List<PlacedMessage> dictionaries,
            List<PlacedMessage> batches)
            throws IOException {
        long content = contentBytes(end, dictionaries.size(), batches.size());
        if (fileBytes < content) {
            throw new IllegalArgumentException(
                    "file is shorter than its content: fileBytes="
                            + fileBytes
                            + ", contentBytes="
                            + content);
        }
        out.write(begin(), 0);
        writeMessages(out, dictionaries);
        writeMessages(out, batches);
        out.write(endOfStream(), end);
        MemorySegment close = close(fileBytes, dictionaries, batches);
        long closeAt = fileBytes - close.byteSize();
        long gap = end + END_OF_STREAM_BYTES;
        if (closeAt > gap) {
            out.zero(gap, closeAt - gap);
        }
        out.write(close, closeAt);
        writtenBytes = fileBytes;
    }

    private static void writeMessages(SegmentOutput out, List<PlacedMessage> messages)
            throws IOException {
        List<Gap> gaps = new ArrayList<>();
        for (PlacedMessage message : messages) {
            out.write(message.head(), message.offset());
            gaps.clear();
            message.gaps(gaps);
            for (Gap gap : gaps) {
                out.zero(gap.offset(), gap.bytes());
            }
        }
    }

    void verify(MemorySegment file, List<PlacedMessage> dictionaries, List<PlacedMessage> batches) {
        if (file.byteSize() != writtenBytes) {
            throw IpcFault.invalid(
                    "segment has another length than was written: bytes="
                            + file.byteSize()
                            + ", written="
                            + writtenBytes);
        }
        require(file, 0, begin(), "schema");
        for (PlacedMessage message : dictionaries) {
            require(file, message.offset(), message.head(), "dictionary batch");
        }
        for (PlacedMessage message : batches) {
            require(file, message.offset(), message.head(), "record batch");
        }
        require(file, end, endOfStream(), "end of stream");
        MemorySegment close = close(file.byteSize(), dictionaries, batches);
        require(file, file.byteSize() - close.byteSize(), close, "footer");
    }

    private static void require(
            MemorySegment file, long offset, MemorySegment expected, String what) {
        long bad =
                MemorySegment.mismatch(
                        file,
                        offset,
                        offset + expected.byteSize(),
                        expected,
                        0,
                        expected.byteSize());
        if (bad >= 0) {
            throw IpcFault.invalid(
                    "metadata of a segment was changed after it was written: part="
                            + what
                            + ", offset="
                            + (offset + bad));
        }
    }

    private MemorySegment begin() {
        MemorySegment begin =
                MemorySegment.ofArray(new byte[MAGIC_BYTES + schemaMessage.headBytes()]);
        begin.set(LONG, 0, MAGIC);
        MemorySegment.copy(schemaMessage.head(), 0, begin, MAGIC_BYTES, schemaMessage.headBytes());
        return begin;
    }

    private static MemorySegment endOfStream() {
        return MemorySegment.ofArray(new byte[] {-1, -1, -1, -1, 0, 0, 0, 0});
    }

    /// Footer, its length, closing magic. The footer begins at a multiple of 8 and is as much
    /// longer as that takes.
    private MemorySegment close(
            long fileBytes, List<PlacedMessage> dictionaries, List<PlacedMessage> batches) {
        byte[] footer = FooterMetadata.write(schema, blocks(dictionaries), blocks(batches));
        long at = (fileBytes - TRAILER_BYTES - footer.length) & -8L;
        int footerBytes = Math.toIntExact(fileBytes - TRAILER_BYTES - at);
        MemorySegment close = MemorySegment.ofArray(new byte[footerBytes + TRAILER_BYTES]);
        MemorySegment.copy(footer, 0, close, ValueLayout.JAVA_BYTE, 0, footer.length);
        close.set(INT, footerBytes, footerBytes);
        for (int i = 0; i < CLOSING_MAGIC_BYTES; i++) {
            close.set(ValueLayout.JAVA_BYTE, footerBytes + 4L + i, (byte) (MAGIC >>> (8 * i)));
        }
        return close;
    }

    private static long[] blocks(List<PlacedMessage> messages) {
        long[] blocks = new long[3 * messages.size()];
        int i = 0;
        for (PlacedMessage message : messages) {
            blocks[i++] = message.offset();
            blocks[i++] = message.headBytes();
            blocks[i++] = message.bodyBytes();
        }
        return blocks;
    }
}
