package dev.arrowshelf.cli.line;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSpace;
import org.jspecify.annotations.Nullable;

/// Where tables are read from: a shelf directory, which needs no owner, or a daemon at an address.
/// Close it after the tables.
public sealed interface TableSource extends AutoCloseable {
    /// Returns the table of a name, or null.
    @Nullable ShelfTable find(String name);

    /// Returns the table of a name. Error: `NOT_FOUND`.
    default ShelfTable get(String name) {
        ShelfTable table = find(name);
        if (table == null) {
            throw new ShelfException(ErrorCode.NOT_FOUND, "no such table: name=" + name);
        }
        return table;
    }

    @Override
    void close();

    /// Tables of a directory of this host.
    record OfDirectory(TableSpace space) implements TableSource {
        @Override
        public @Nullable ShelfTable find(String name) {
            return space.find(name);
        }

        @Override
        public void close() {
            space.close();
        }
    }

    /// Tables of a daemon, which may be on another host.
    record OfShelf(Shelf shelf) implements TableSource {
        @Override
        public @Nullable ShelfTable find(String name) {
            return shelf.find(name);
        }

        @Override
        public void close() {
            shelf.close();
        }
    }

    /// No shelf is there, so no table.
    record OfNothing() implements TableSource {
        @Override
        public @Nullable ShelfTable find(String name) {
            return null;
        }

        @Override
        public void close() {}
    }
}
