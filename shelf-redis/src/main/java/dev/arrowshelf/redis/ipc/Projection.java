package dev.arrowshelf.redis.ipc;

import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.FieldLayout;
import dev.arrowshelf.store.ipc.metadata.MetadataBytes;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// Takes some columns out of record batches: buffers are chosen, not decoded. Immutable.
public final class Projection {
    private final SchemaMetadata from;
    private final SchemaMetadata to;
    private final int[] columns;
    private final Set<Integer> dictionaries;

    private Projection(
            SchemaMetadata from, SchemaMetadata to, int[] columns, Set<Integer> dictionaries) {
        this.from = from;
        this.to = to;
        this.columns = columns;
        this.dictionaries = dictionaries;
    }

    /// Chooses columns by their names, in this order.
    ///
    /// @throws ShelfException INVALID_ARGUMENT when there is no such column
    public static Projection of(SchemaMetadata schema, List<String> names) {
        Schema all = PartitionColumn.schemaOf(schema);
        List<Field> chosen = new ArrayList<>();
        int[] columns = new int[names.size()];
        for (int i = 0; i < columns.length; i++) {
            columns[i] = column(all, names.get(i));
            chosen.add(all.getFields().get(columns[i]));
        }
        SchemaMetadata to =
                SchemaMetadata.parse(
                        MemorySegment.ofBuffer(
                                MessageSerializer.serializeMetadata(
                                        new Schema(chosen, all.getCustomMetadata()),
                                        IpcOption.DEFAULT)));
        Set<Integer> kept = new HashSet<>();
        to.dictionaries().forEach(it -> kept.add(schema.dictionary(it.id())));
        return new Projection(schema, to, columns, kept);
    }

    private static int column(Schema schema, String name) {
        List<Field> fields = schema.getFields();
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).getName().equals(name)) {
                return i;
            }
        }
        throw new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                "data set has no such column: column="
                        + name
                        + ", columns="
                        + fields.stream().map(Field::getName).toList());
    }

    /// Returns the schema of the chosen columns.
    public SchemaMetadata schema() {
        return to;
    }

    /// Returns whether a dictionary, by its ordinal in the whole schema, is needed.
    public boolean keepsDictionary(int ordinal) {
        return dictionaries.contains(ordinal);
    }

    /// Returns a record batch of the chosen columns, framed; its buffers are slices of the body.
    public ChunkBytes project(LocatedMessage message, MemorySegment body) {
        BatchMetadata batch =
                BatchMetadata.parse(MetadataBytes.copyOf(message.message().metadata(), 1), from);
        Transcoder.checked(batch, body, from);
        Parts parts = new Parts(batch, body);
        for (int column : columns) {
            parts.add(column);
        }
        return parts.finish();
    }

    /// What is collected of one batch.
    private final class Parts {
        private final BatchMetadata batch;
        private final MemorySegment body;
        private final List<Long> nodes = new ArrayList<>();
        private final List<Long> counts = new ArrayList<>();
        private final List<Long> offsets = new ArrayList<>();
        private final List<Long> lengths = new ArrayList<>();
        private final List<MemorySegment> pieces = new ArrayList<>();
        private long position;

        Parts(BatchMetadata batch, MemorySegment body) {
            this.batch = batch;
            this.body = body;
        }

        void add(int column) {
            int node = 0;
            int buffer = 0;
            int views = 0;
            for (int i = 0; i < column; i++) {
                FieldLayout field = from.columns().get(i);
                node += field.nodes();
                buffer += field.buffers() + dataBuffers(views, field.views());
                views += field.views();
            }
            FieldLayout field = from.columns().get(column);
            for (int i = node; i < node + field.nodes(); i++) {
                nodes.add(batch.length(i));
                nodes.add(batch.nullCount(i));
            }
            for (int i = views; i < views + field.views(); i++) {
                counts.add(batch.variadicCount(i));
            }
            int end = buffer + field.buffers() + dataBuffers(views, field.views());
            for (int i = buffer; i < end; i++) {
                addBuffer(Transcoder.buffer(batch, body, i));
            }
        }

        private int dataBuffers(int from, int views) {
            int buffers = 0;
            for (int i = from; i < from + views; i++) {
                buffers += (int) batch.variadicCount(i);
            }
            return buffers;
        }

        private void addBuffer(MemorySegment bytes) {
            offsets.add(position);
            lengths.add(bytes.byteSize());
            pieces.add(bytes);
            pieces.add(MessageBytes.padding(bytes.byteSize()));
            position += MessageBytes.aligned(bytes.byteSize());
        }

        ChunkBytes finish() {
            MemorySegment head =
                    MessageBytes.recordBatch(
                            batch.rows(),
                            array(nodes),
                            array(counts),
                            new PlacedBuffers(
                                    array(offsets),
                                    array(lengths),
                                    position,
                                    Compression.of(batch.codec())));
            pieces.addFirst(head);
            return ChunkBytes.of(pieces);
        }

        private static long[] array(List<Long> numbers) {
            return numbers.stream().mapToLong(Long::longValue).toArray();
        }
    }
}
