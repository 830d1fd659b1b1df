package dev.arrowshelf.store.table.put;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.PutPort.OpenPlace;
import dev.arrowshelf.store.table.TableBuilder;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedWidthVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/// Builds a table inside the file it will be.
final class InPlaceBuilder implements TableBuilder {
    /// Rows whose validity bits and values both fill whole units of 64 bytes, whatever the width of
    /// a value: arrow-java lays both into one block, and the bitmap then begins where it may stay.
    private static final int ROW_UNIT = 512;

    private final String name;
    private final OpenPlace place;
    private final BlankMemory memory;
    private final BufferAllocator allocator;
    private final VectorSchemaRoot root;
    private final MapDictionaryProvider dictionaries = new MapDictionaryProvider();
    private final long smallBytes;
    private final Function<MessageGroup, TableInfo> copyingPut;
    private boolean sealed;
    private boolean closed;

    /// Takes over the place.
    ///
    /// @param smallBytes tables with bodies up to this size are copied: they do not deserve a file
    /// @param copyingPut puts messages the usual way
    InPlaceBuilder(
            String name,
            OpenPlace place,
            Schema schema,
            long smallBytes,
            Function<MessageGroup, TableInfo> copyingPut)
            throws IOException {
        this.name = name;
        this.place = place;
        this.smallBytes = smallBytes;
        this.copyingPut = copyingPut;
        this.memory = BlankMemory.map(place);
        this.allocator = BlankAllocator.over(memory);
        this.root = VectorSchemaRoot.create(schema, allocator);
        for (FieldVector vector : root.getFieldVectors()) {
            vector.setInitialCapacity(ROW_UNIT);
        }
    }

    @Override
    public BufferAllocator allocator() {
        return allocator;
    }

    @Override
    public VectorSchemaRoot root() {
        checkOpen();
        return root;
    }

    @Override
    public VectorSchemaRoot root(int rows) {
        checkOpen();
        int rounded = Math.toIntExact((rows + ROW_UNIT - 1L) / ROW_UNIT * ROW_UNIT);
        for (FieldVector vector : root.getFieldVectors()) {
            vector.setInitialCapacity(rounded);
            if (vector instanceof FixedWidthVector) {
                vector.allocateNew();
            }
        }
        return root;
    }

    @Override
    public MapDictionaryProvider dictionaries() {
        return dictionaries;
    }

    @Override
    public TableInfo seal() {
        checkOpen();
        if (sealed) {
            throw new IllegalStateException("table is sealed already: name=" + name);
        }
        IpcMessage schema =
                new IpcMessage(
                        MemorySegment.ofBuffer(
                                MessageSerializer.serializeMetadata(
                                        root.getSchema(), IpcOption.DEFAULT)),
                        0);
        try (PlacedBatch placed = new PlacedBatch(root, memory, allocator)) {
            sealed = true;
            IpcMessage rows =
                    new IpcMessage(
                            MemorySegment.ofBuffer(
                                    MessageSerializer.serializeMetadata(
                                            placed.batch(), IpcOption.DEFAULT)),
                            placed.batch().computeBodyLength());
            if (rows.bodyBytes() <= smallBytes) {
                return copied(schema, rows, placed);
            }
            memory.becomeReadOnly();
            try {
                return place.commit(List.of(schema, rows), placed.placements());
            } catch (ShelfException refused) {
                if (refused.code() != ErrorCode.UNSUPPORTED_IPC) {
                    throw refused;
                }
                return copied(schema, rows, placed);
            }
        } catch (IOException failure) {
            throw PlanCopier.failed(failure);
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        root.close();
        dictionaries.getDictionaryIds().forEach(id -> dictionaries.lookup(id).getVector().close());
        if (allocator.getAllocatedMemory() == 0) {
            allocator.close();
        }
        memory.close();
        place.close();
    }

    private TableInfo copied(IpcMessage schema, IpcMessage rows, PlacedBatch placed) {
        MessageGroup group = new MessageGroup();
        group.add(schema, List.of());
        group.add(rows, VectorMessages.pieces(placed.batch()));
        return copyingPut.apply(group);
    }

    private void checkOpen() {
        if (closed) {
            throw new ShelfException(ErrorCode.CLOSED, "builder is closed: name=" + name);
        }
    }
}
