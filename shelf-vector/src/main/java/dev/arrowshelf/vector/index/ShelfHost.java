package dev.arrowshelf.vector.index;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableBuilder;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// A shelf as the host of indexes. The shelf is the caller's.
record ShelfHost(Shelf shelf) implements IndexHost {
    @Override
    public @Nullable ShelfTable find(String name) {
        return shelf.find(name);
    }

    @Override
    public TableBuilder builder(String name, Schema schema, long capacityBytes) {
        return shelf.builder(name, schema, capacityBytes);
    }

    @Override
    public void put(String name, VectorSchemaRoot root) {
        shelf.put(name, root);
    }

    @Override
    public boolean delete(String name) {
        return shelf.delete(name);
    }

    @Override
    public List<String> internalNames() {
        return shelf.internalNames();
    }

    @Override
    public boolean storesIndexes() {
        return true;
    }
}
