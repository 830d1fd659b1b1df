package dev.arrowshelf.cli.line;

import dev.arrowshelf.server.search.NearestCall;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.vector.VectorSearch;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Vector search for the SQL of a command. The shelf is opened for changes by the first query that
/// asks for neighbours: what it finds is put there for a moment.
///
/// Thread-safe. Owns shelf and search until [#close()].
public final class SqlSearch implements AutoCloseable {
    private final ShelfChoice choice;
    private @Nullable Shelf shelf;
    private @Nullable VectorSearch search;

    /// Searches a shelf.
    public SqlSearch(ShelfChoice choice) {
        this.choice = choice;
    }

    /// Returns the rows that the table function `nearest` finds; the caller closes them.
    public ShelfTable rows(String wanted) {
        return NearestCall.parse(wanted).rows(search());
    }

    private synchronized VectorSearch search() {
        VectorSearch present = search;
        if (present == null) {
            try {
                Shelf opened = choice.open();
                shelf = opened;
                present = VectorSearch.over(opened);
                search = present;
            } catch (IOException failure) {
                throw new ShelfException(ErrorCode.IO, "shelf cannot be opened", failure);
            }
        }
        return present;
    }

    @Override
    public synchronized void close() {
        if (search != null) {
            search.close();
        }
        if (shelf != null) {
            shelf.close();
        }
    }
}
