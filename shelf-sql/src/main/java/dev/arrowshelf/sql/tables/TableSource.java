package dev.arrowshelf.sql.tables;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSpace;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Where a query finds its tables. Its tables must be mapped in this process. Thread-safe.
public interface TableSource {
    /// Returns the table of exactly this name as it is now, or null; the caller closes it.
    @Nullable ShelfTable find(String name);

    /// Returns facts about all tables.
    List<TableInfo> list();

    /// Returns all that is known about a table, or null when there is none or nobody knows more
    /// than [#list()] tells.
    default @Nullable TableDetails details(String name) {
        return null;
    }

    /// Returns a table that is made for one query, or null where nobody makes such: what the table
    /// function `nearest` finds. The caller closes it.
    ///
    /// @param wanted what the function was given, as a JSON object
    default @Nullable ShelfTable nearest(String wanted) {
        return null;
    }

    /// These tables, and those that are made for a query.
    default TableSource withNearest(Function<String, @Nullable ShelfTable> made) {
        return new ExtendedTables(this, this::details, made);
    }

    /// These tables, with another source of details about them.
    default TableSource withDetails(Function<String, @Nullable TableDetails> details) {
        return new ExtendedTables(this, details, this::nearest);
    }

    /// No tables.
    static TableSource none() {
        return new TableSource() {
            @Override
            public @Nullable ShelfTable find(String name) {
                return null;
            }

            @Override
            public List<TableInfo> list() {
                return List.of();
            }
        };
    }

    /// The tables of a shelf, which stays open as long as queries run.
    static TableSource of(Shelf shelf) {
        return new TableSource() {
            @Override
            public @Nullable ShelfTable find(String name) {
                return shelf.find(name);
            }

            @Override
            public List<TableInfo> list() {
                return shelf.list();
            }

            @Override
            public @Nullable TableDetails details(String name) {
                return shelf.details(name);
            }
        };
    }

    /// The tables of a shelf directory, which stays open as long as queries run.
    static TableSource of(TableSpace space) {
        return new TableSource() {
            @Override
            public @Nullable ShelfTable find(String name) {
                return space.find(name);
            }

            @Override
            public List<TableInfo> list() {
                return space.list();
            }
        };
    }
}
