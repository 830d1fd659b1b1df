package dev.arrowshelf.cli.line;

import dev.arrowshelf.sql.SqlEngine;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;

/// SQL in this process over the tables that a command reads: needs no owner.
public final class SqlSource {
    private SqlSource() {}

    /// Opens an engine over tables. Error: `INVALID_ARGUMENT` when they are another host's.
    public static SqlEngine open(TableSource tables) {
        return SqlEngine.open(of(tables), SqlOptions.defaults());
    }

    /// The same, with vector search for the table function `nearest`.
    public static SqlEngine open(TableSource tables, SqlSearch search) {
        return SqlEngine.open(of(tables).withNearest(search::rows), SqlOptions.defaults());
    }

    /// Returns tables as SQL finds them. Error: `INVALID_ARGUMENT` when they are another host's.
    public static dev.arrowshelf.sql.tables.TableSource of(TableSource tables) {
        return switch (tables) {
            case TableSource.OfDirectory directory ->
                    dev.arrowshelf.sql.tables.TableSource.of(directory.space());
            case TableSource.OfNothing _ -> dev.arrowshelf.sql.tables.TableSource.none();
            case TableSource.OfShelf _ ->
                    throw new ShelfException(
                            ErrorCode.INVALID_ARGUMENT,
                            "SQL from another host needs a Flight SQL client: this command reads"
                                    + " tables in place");
        };
    }
}
