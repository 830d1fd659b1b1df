package dev.arrowshelf.server.search;

import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.owner.ShelfOwner;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableBuilder;
import dev.arrowshelf.store.table.TableName;
import dev.arrowshelf.store.table.TableSpace;
import dev.arrowshelf.store.table.VectorSource;
import dev.arrowshelf.store.table.put.TablePutter;
import dev.arrowshelf.vector.index.IndexHost;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// The owner's own shelf as the host of indexes. Its parts are the server's.
///
/// @param owner deletes
/// @param space finds
/// @param putter builds
record OwnedHost(ShelfOwner owner, TableSpace space, TablePutter putter) implements IndexHost {
    @Override
    public @Nullable ShelfTable find(String name) {
        return space.find(name);
    }

    @Override
    public TableBuilder builder(String name, Schema schema, long capacityBytes) {
        return putter.builder(name, schema, capacityBytes);
    }

    @Override
    public void put(String name, VectorSchemaRoot root) {
        putter.put(name, VectorSource.of(root), PutOptions.DEFAULT);
    }

    @Override
    public boolean delete(String name) {
        space.letGo(name);
        return owner.delete(TableName.toKey(name));
    }

    @Override
    public List<String> internalNames() {
        return owner.internalKeys().stream().map(TableName::ofKey).toList();
    }

    @Override
    public boolean storesIndexes() {
        return true;
    }
}
