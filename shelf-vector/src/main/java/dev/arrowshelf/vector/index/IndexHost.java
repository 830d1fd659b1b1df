package dev.arrowshelf.vector.index;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableBuilder;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Where tables are read from and indexes are kept: the few things of a shelf that a search needs.
/// An index is a table of the shelf's own, so it is sealed, counted, mapped and recovered as every
/// table.
///
/// Thread rule: safe for several threads.
public interface IndexHost {
    /// Returns the table of a name as it is now, or null.
    @Nullable ShelfTable find(String name);

    /// Begins a table that is built where it will lie.
    TableBuilder builder(String name, Schema schema, long capacityBytes);

    /// Puts a small table.
    void put(String name, VectorSchemaRoot root);

    /// Removes a table; readers keep it.
    boolean delete(String name);

    /// Returns the names of the shelf's own tables.
    List<String> internalNames();

    /// Returns whether this process may keep indexes on the shelf by itself. Where not, an owner
    /// elsewhere is asked, or indexes live as long as a search.
    boolean storesIndexes();

    /// Returns the host of a shelf.
    static IndexHost of(Shelf shelf) {
        return new ShelfHost(shelf);
    }
}
