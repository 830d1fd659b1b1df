package dev.arrowshelf.store.ipc.metadata;

import java.util.Arrays;
import java.util.Comparator;
import org.apache.arrow.flatbuf.CompressionType;
import org.apache.arrow.flatbuf.MessageHeader;
import org.jspecify.annotations.Nullable;

/// A checked record batch or dictionary batch message: its bytes and where the numbers lie that a
/// new layout changes. Nodes and buffers are here as the message states them; [StructureCheck]
/// compares them with the schema. Immutable once parsed.
public final class BatchMetadata {
    private static final int DICTIONARY_ID = 0;
    private static final int DICTIONARY_DATA = 1;
    private static final int DICTIONARY_DELTA = 2;

    private static final int LENGTH = 0;
    private static final int NODES = 1;
    private static final int BUFFERS = 2;
    private static final int COMPRESSION = 3;
    private static final int VARIADIC_COUNTS = 4;

    private static final int STRUCT_BYTES = 16;

    private final MetadataBytes bytes;
    private final MessageHead head;
    private final int batchTable;
    private final int dictionary;
    private final boolean delta;
    private final long rows;
    private final int nodes;
    private final int buffers;
    private final int variadicCounts;
    private final @Nullable Codec codec;

    private BatchMetadata(
            MetadataBytes bytes, MessageHead head, int batchTable, int dictionary, boolean delta) {
        this.bytes = bytes;
        this.head = head;
        this.batchTable = batchTable;
        this.dictionary = dictionary;
        this.delta = delta;
        this.rows = bytes.longOf(batchTable, LENGTH, 0);
        this.nodes = bytes.vector(batchTable, NODES, STRUCT_BYTES);
        this.buffers = bytes.vector(batchTable, BUFFERS, STRUCT_BYTES);
        this.variadicCounts = bytes.vector(batchTable, VARIADIC_COUNTS, Long.BYTES);
        this.codec = codec(bytes, batchTable);
    }

    /// Checks the metadata of a record batch or dictionary batch of a schema.
    public static BatchMetadata parse(MetadataBytes bytes, SchemaMetadata schema) {
        MessageHead head = MessageHead.parse(bytes);
        BatchMetadata batch =
                switch (head.headerType()) {
                    case MessageHeader.RecordBatch ->
                            new BatchMetadata(bytes, head, head.headerTable(), -1, false);
                    case MessageHeader.DictionaryBatch -> dictionaryBatch(bytes, head, schema);
                    default -> throw bytes.invalid("IPC stream has a second schema");
                };
        if (batch.rows < 0) {
            throw bytes.invalid("batch has a negative length: rows=" + batch.rows);
        }
        head.upgrade(bytes, schema.hasUnion());
        return batch;
    }

    private static BatchMetadata dictionaryBatch(
            MetadataBytes bytes, MessageHead head, SchemaMetadata schema) {
        int table = head.headerTable();
        long id = bytes.longOf(table, DICTIONARY_ID, 0);
        int dictionary = schema.dictionary(id);
        if (dictionary < 0) {
            throw bytes.invalid("dictionary batch belongs to no field: id=" + id);
        }
        int data = bytes.child(table, DICTIONARY_DATA);
        if (data == 0) {
            throw bytes.invalid("dictionary batch has no data: id=" + id);
        }
        return new BatchMetadata(
                bytes, head, data, dictionary, bytes.byteOf(table, DICTIONARY_DELTA, 0) != 0);
    }

    private static @Nullable Codec codec(MetadataBytes bytes, int batchTable) {
        int compression = bytes.child(batchTable, COMPRESSION);
        if (compression == 0) {
            return null;
        }
        int codec = bytes.byteOf(compression, 0, CompressionType.LZ4_FRAME);
        int method = bytes.byteOf(compression, 1, 0);
        if (method != 0) {
            throw bytes.unsupported("body compression method is not known: method=" + method);
        }
        return switch (codec) {
            case CompressionType.LZ4_FRAME -> Codec.LZ4_FRAME;
            case CompressionType.ZSTD -> Codec.ZSTD;
            default ->
                    throw bytes.unsupported("body compression codec is not known: codec=" + codec);
        };
    }

    /// Returns the metadata; not to be changed.
    public MetadataBytes bytes() {
        return bytes;
    }

    /// Returns the body length that the message states.
    public long bodyBytes() {
        return head.bodyBytes();
    }

    /// Returns the ordinal of the dictionary that this is a batch of, -1 for a record batch.
    public int dictionary() {
        return dictionary;
    }

    /// Returns whether this is a batch of a dictionary.
    public boolean isDictionary() {
        return dictionary >= 0;
    }

    /// Returns whether this adds to a dictionary.
    public boolean isDelta() {
        return delta;
    }

    /// Returns the number of rows, or of a dictionary's values.
    public long rows() {
        return rows;
    }

    /// Returns how the buffers are compressed, null for not at all.
    public @Nullable Codec codec() {
        return codec;
    }

    /// Returns the number of field nodes.
    public int nodes() {
        return bytes.count(nodes);
    }

    /// Returns the length of a field node.
    public long length(int node) {
        return bytes.longAt(nodes + 4 + STRUCT_BYTES * node);
    }

    /// Returns the null count of a field node.
    public long nullCount(int node) {
        return bytes.longAt(nodes + 12 + STRUCT_BYTES * node);
    }

    /// Returns the number of buffers.
    public int buffers() {
        return bytes.count(buffers);
    }

    /// Returns where a buffer begins in the body.
    public long bufferOffset(int buffer) {
        return bytes.longAt(buffers + 4 + STRUCT_BYTES * buffer);
    }

    /// Returns the length of a buffer in the body, compressed or not.
    public long bufferBytes(int buffer) {
        return bytes.longAt(buffers + 12 + STRUCT_BYTES * buffer);
    }

    /// Returns the buffers in the order of their offsets.
    public int[] buffersInOrder() {
        int[] order = new int[buffers()];
        boolean sorted = true;
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
            sorted &= i == 0 || bufferOffset(i - 1) <= bufferOffset(i);
        }
        return sorted
                ? order
                : Arrays.stream(order)
                        .boxed()
                        .sorted(Comparator.comparingLong(this::bufferOffset))
                        .mapToInt(Integer::intValue)
                        .toArray();
    }

    /// Returns how many counts of data buffers there are.
    public int variadicCounts() {
        return bytes.count(variadicCounts);
    }

    /// Returns the number of data buffers of one field of views.
    public long variadicCount(int index) {
        return bytes.longAt(variadicCounts + 4 + Long.BYTES * index);
    }

    /// Returns a copy of this message whose buffers lie elsewhere.
    ///
    /// @param offsets new place of each buffer in the body
    /// @param lengths new length of each buffer
    public BatchMetadata relocated(
            long[] offsets, long[] lengths, long bodyBytes, SchemaMetadata schema) {
        MetadataBytes copy = bytes.withSpareBytes(0);
        for (int i = 0; i < offsets.length; i++) {
            copy.putLong(buffers + 4 + STRUCT_BYTES * i, offsets[i]);
            copy.putLong(buffers + 12 + STRUCT_BYTES * i, lengths[i]);
        }
        if (head.bodyBytesAt() != 0) {
            copy.putLong(head.bodyBytesAt(), bodyBytes);
        }
        BatchMetadata moved = parse(copy, schema);
        if (!moved.isSameBatch(this)
                || !moved.liesAt(offsets, lengths)
                || moved.bodyBytes() != bodyBytes) {
            throw bytes.invalid(
                    "parts of the metadata lie one over the other: bytes=" + bytes.size());
        }
        return moved;
    }

    private boolean isSameBatch(BatchMetadata other) {
        return rows == other.rows
                && dictionary == other.dictionary
                && delta == other.delta
                && codec == other.codec
                && sameWords(nodes, other, other.nodes, 2)
                && sameWords(variadicCounts, other, other.variadicCounts, 1);
    }

    private boolean liesAt(long[] offsets, long[] lengths) {
        boolean same = buffers() == offsets.length;
        for (int i = 0; same && i < offsets.length; i++) {
            same = bufferOffset(i) == offsets[i] && bufferBytes(i) == lengths[i];
        }
        return same;
    }

    private boolean sameWords(int vector, BatchMetadata other, int otherVector, int words) {
        int count = bytes.count(vector);
        if (other.bytes.count(otherVector) != count) {
            return false;
        }
        for (int i = 0; i < count * words; i++) {
            int at = 4 + Long.BYTES * i;
            if (bytes.longAt(vector + at) != other.bytes.longAt(otherVector + at)) {
                return false;
            }
        }
        return true;
    }

    /// Returns the metadata without the mark of compression. Tables may share a vtable, so the
    /// batch gets one of its own at the end.
    public MetadataBytes withoutCompression() {
        int vtable = bytes.vtable(batchTable);
        int length = bytes.vtableBytes(batchTable);
        int own = (bytes.size() + 1) & ~1;
        MetadataBytes longer = bytes.withSpareBytes(own - bytes.size() + length);
        System.arraycopy(bytes.array(), vtable, longer.array(), own, length);
        longer.putShort(own + 4 + 2 * COMPRESSION, 0);
        longer.putInt(batchTable, batchTable - own);
        return longer;
    }
}
