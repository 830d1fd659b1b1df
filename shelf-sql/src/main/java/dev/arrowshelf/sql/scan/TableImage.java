package dev.arrowshelf.sql.scan;

import dev.arrowshelf.sql.arrow.BatchLayout;
import dev.arrowshelf.sql.arrow.ColumnPlan;
import dev.arrowshelf.sql.prune.Bounds;
import dev.arrowshelf.sql.prune.KeyKind;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.StoredMessages;
import dev.arrowshelf.store.table.batch.VectorShape;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// What a query needs to know about one generation of a table, read from its metadata once. Holds
/// no mapping: it stays true as long as somebody asks for this generation.
///
/// Thread-safe: what it learns later is the same whoever learns it.
///
/// @param schema the columns as declared
/// @param shapes the vectors of each column
/// @param dictionaryFields the field that each dictionary belongs to
/// @param partitions in order
/// @param bounds least and greatest keys by row group and column, as far as they were asked for
record TableImage(
        Schema schema,
        List<VectorShape> shapes,
        Map<Long, Field> dictionaryFields,
        List<PartitionImage> partitions,
        Map<Long, Bounds> bounds) {
    TableImage {
        shapes = List.copyOf(shapes);
        dictionaryFields = Map.copyOf(dictionaryFields);
        partitions = List.copyOf(partitions);
    }

    /// One partition.
    ///
    /// @param batches its record batches, in order
    /// @param dictionaries the values of each dictionary
    /// @param growing whether a dictionary has more values in a second batch
    record PartitionImage(
            List<BatchLayout> batches, Map<Long, BatchLayout> dictionaries, boolean growing) {
        PartitionImage {
            batches = List.copyOf(batches);
            dictionaries = Map.copyOf(dictionaries);
        }
    }

    /// Returns what the values of a column in a row group lie between, found once.
    Bounds bounds(int group, int column, Function<KeyKind, Bounds> search) {
        long place = (long) group << Integer.SIZE | column;
        Bounds known = bounds.get(place);
        if (known == null) {
            known = KeyKind.of(schema.getFields().get(column)).map(search).orElse(Bounds.ALL);
            bounds.put(place, known);
        }
        return known;
    }

    /// Reads the metadata of a table, of partitions on disk too: their data is fetched, and
    /// checked, when a scan comes to them.
    static TableImage of(ShelfTable table) {
        Schema schema = table.schema();
        List<VectorShape> shapes = schema.getFields().stream().map(VectorShape::of).toList();
        Map<Long, Field> dictionaryFields = new HashMap<>();
        schema.getFields().forEach(field -> collect(field, dictionaryFields));
        List<PartitionImage> partitions = new ArrayList<>();
        for (int number = 0; number < table.partitionCount(); number++) {
            partitions.add(read(StoredMessages.outlineOf(table, number), shapes, dictionaryFields));
        }
        return new TableImage(
                schema, shapes, dictionaryFields, partitions, new ConcurrentHashMap<>());
    }

    private static void collect(Field field, Map<Long, Field> found) {
        if (field.getDictionary() != null) {
            found.put(field.getDictionary().getId(), field);
        }
        field.getChildren().forEach(child -> collect(child, found));
    }

    private static PartitionImage read(
            StoredMessages stored, List<VectorShape> shapes, Map<Long, Field> fields) {
        List<BatchLayout> batches = new ArrayList<>();
        Map<Long, BatchLayout> dictionaries = new HashMap<>();
        boolean growing = false;
        for (LocatedMessage located : stored.messages()) {
            Message message =
                    Message.getRootAsMessage(
                            located.message()
                                    .metadata()
                                    .asByteBuffer()
                                    .order(ByteOrder.LITTLE_ENDIAN));
            if (message.headerType() == MessageHeader.RecordBatch) {
                RecordBatch batch = (RecordBatch) message.header(new RecordBatch());
                batches.add(BatchLayout.of(batch, located.bodyOffset(), shapes));
            } else if (message.headerType() == MessageHeader.DictionaryBatch) {
                DictionaryBatch values = (DictionaryBatch) message.header(new DictionaryBatch());
                Field field = fields.get(values.id());
                if (field == null) {
                    continue;
                }
                growing |= values.isDelta();
                VectorShape shape = ColumnPlan.Node.ofValues(field).shape();
                dictionaries.putIfAbsent(
                        values.id(),
                        BatchLayout.of(values.data(), located.bodyOffset(), List.of(shape)));
            }
        }
        return new PartitionImage(batches, dictionaries, growing);
    }
}
