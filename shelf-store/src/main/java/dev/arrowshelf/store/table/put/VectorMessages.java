package dev.arrowshelf.store.table.put;

import dev.arrowshelf.memory.ForeignMemory;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.batch.BatchCutter;
import dev.arrowshelf.store.table.batch.BatchParts;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.message.ArrowBuffer;
import org.apache.arrow.vector.ipc.message.ArrowDictionaryBatch;
import org.apache.arrow.vector.ipc.message.ArrowMessage;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.DictionaryUtility;
import org.jspecify.annotations.Nullable;

/// Turns a root, as it is filled now, into IPC messages whose bodies are the vectors' own buffers.
/// Batches larger than a partition may be are cut.
///
/// One thread. Holds the buffers of the messages it gave out until [#release()]; what is left,
/// until [#close()].
final class VectorMessages implements AutoCloseable {
    private final VectorSchemaRoot root;
    private final DictionaryProvider provider;
    private final PutOptions options;
    private final boolean changing;
    private final Set<Long> dictionaries = new LinkedHashSet<>();
    private final Schema declared;
    private final BatchCutter cutter;
    private final DictionaryTracker tracker;
    private final List<ArrowRecordBatch> held = new ArrayList<>();

    /// @param changing whether the root will be filled again
    VectorMessages(
            VectorSchemaRoot root,
            DictionaryProvider provider,
            PutOptions options,
            boolean changing,
            BufferAllocator allocator) {
        this.root = root;
        this.provider = provider;
        this.options = options;
        this.changing = changing;
        this.cutter = BatchCutter.compact(allocator, root.getSchema());
        this.tracker = new DictionaryTracker(allocator);
        root.getSchema().getFields().forEach(this::findDictionaries);
        this.declared = declared();
    }

    /// Adds the schema message to a group.
    void schema(MessageGroup group) {
        group.add(
                message(MessageSerializer.serializeMetadata(declared, IpcOption.DEFAULT), 0),
                List.of());
    }

    /// Adds the messages of the root's present rows to a group: dictionaries that are new or
    /// changed, and the batch or its pieces.
    void rows(MessageGroup group) {
        for (long id : dictionaries) {
            ArrowDictionaryBatch values = tracker.next(lookup(id), changing);
            if (values != null) {
                held.add(values.getDictionary());
                add(group, values, values.getDictionary());
            }
        }
        ArrowRecordBatch batch = new VectorUnloader(root).getRecordBatch();
        held.add(batch);
        long rows = batch.getLength();
        long most = PieceLimits.mostRows(options, rows, batch.computeBodyLength());
        if (rows <= most) {
            add(group, batch, batch);
            return;
        }
        BatchParts parts = BatchParts.of(batch);
        for (long from = 0; from < rows; from += most) {
            ArrowRecordBatch piece = cutter.cut(parts, from, Math.min(most, rows - from));
            held.add(piece);
            add(group, piece, piece);
        }
    }

    /// Lets go of the buffers of all messages given out so far.
    void release() {
        held.forEach(ArrowRecordBatch::close);
        held.clear();
    }

    @Override
    public void close() {
        release();
        tracker.close();
    }

    /// Adds the message of a batch to a group.
    static void add(MessageGroup group, ArrowMessage message, ArrowRecordBatch batch) {
        ByteBuffer metadata = MessageSerializer.serializeMetadata(message, IpcOption.DEFAULT);
        group.add(message(metadata, message.computeBodyLength()), pieces(batch));
    }

    /// Returns the buffers of a batch at their places in its body.
    static List<MessageGroup.Piece> pieces(ArrowRecordBatch batch) {
        List<ArrowBuffer> layout = batch.getBuffersLayout();
        List<MessageGroup.Piece> pieces = new ArrayList<>(layout.size());
        for (int i = 0; i < layout.size(); i++) {
            ArrowBuf buffer = batch.getBuffers().get(i);
            long bytes = buffer.readableBytes();
            if (bytes > 0) {
                MemorySegment memory =
                        ForeignMemory.at(buffer.memoryAddress() + buffer.readerIndex(), bytes);
                pieces.add(new MessageGroup.Piece(layout.get(i).getOffset(), memory));
            }
        }
        return pieces;
    }

    private static IpcMessage message(ByteBuffer metadata, long bodyBytes) {
        return new IpcMessage(MemorySegment.ofBuffer(metadata), bodyBytes);
    }

    /// Collects dictionary ids, those that a dictionary's own values need before it.
    private void findDictionaries(Field field) {
        DictionaryEncoding encoding = field.getDictionary();
        if (encoding == null) {
            field.getChildren().forEach(this::findDictionaries);
        } else {
            Field values = lookup(encoding.getId()).getVector().getField();
            values.getChildren().forEach(this::findDictionaries);
            dictionaries.add(encoding.getId());
        }
    }

    private Dictionary lookup(long id) {
        @Nullable Dictionary dictionary = provider.lookup(id);
        if (dictionary == null) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "a column is dictionary-encoded, but its dictionary is not given: id=" + id);
        }
        return dictionary;
    }

    private Schema declared() {
        List<Field> fields = new ArrayList<>();
        for (Field field : root.getSchema().getFields()) {
            fields.add(DictionaryUtility.toMessageFormat(field, provider, new HashSet<>()));
        }
        return new Schema(fields, root.getSchema().getCustomMetadata());
    }
}
