package dev.arrowshelf.store.table.put;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.TableBuilder;
import dev.arrowshelf.store.table.VectorSource;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedWidthVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.types.pojo.Schema;

/// Builds a table in this process's own memory and puts it at the end: for tables and shelves that
/// cannot be built in place.
public final class CopyingBuilder implements TableBuilder {
    private final BufferAllocator allocator = new RootAllocator();
    private final MapDictionaryProvider dictionaries = new MapDictionaryProvider();
    private final VectorSchemaRoot root;
    private final Function<VectorSource, TableInfo> put;
    private boolean sealed;
    private boolean closed;

    /// @param schema of the vectors
    /// @param put what sealing does with the root
    public CopyingBuilder(Schema schema, Function<VectorSource, TableInfo> put) {
        this.root = VectorSchemaRoot.create(schema, allocator);
        this.put = put;
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
        for (FieldVector vector : root.getFieldVectors()) {
            vector.setInitialCapacity(rows);
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
            throw new IllegalStateException("table is sealed already: columns=" + root.getSchema());
        }
        TableInfo info = put.apply(VectorSource.of(root, dictionaries));
        sealed = true;
        return info;
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
    }

    private void checkOpen() {
        if (closed) {
            throw new ShelfException(ErrorCode.CLOSED, "builder is closed");
        }
    }
}
