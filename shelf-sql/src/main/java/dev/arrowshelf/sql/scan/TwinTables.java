package dev.arrowshelf.sql.scan;

import dev.arrowshelf.store.table.ShelfTable;
import org.jspecify.annotations.Nullable;

/// Copies of tables that DuckDB reads faster than the tables themselves. Thread-safe.
public interface TwinTables {
    /// No copies.
    TwinTables NONE = _ -> null;

    /// Returns the copy of a table, which stays until it is closed; null when there is none now.
    @Nullable Copy find(ShelfTable table);

    /// A copy that a query reads.
    ///
    /// @param select the statement that gives all its rows in order
    /// @param release lets it go
    record Copy(String select, Runnable release) {}
}
