package dev.arrowshelf.cli.line;

import dev.arrowshelf.sql.SqlEngine;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// SQL in this process over the tables that a command reads: needs no owner.
public final class SqlSource {
    private SqlSource() {}

    /// Opens an engine over tables. Error: `INVALID_ARGUMENT` when they are another host's.
    public static SqlEngine open(TableSource tables) {
        dev.arrowshelf.sql.tables.TableSource source =
                switch (tables) {
                    case TableSource.OfDirectory directory ->
                            dev.arrowshelf.sql.tables.TableSource.of(directory.space());
                    case TableSource.OfNothing _ -> new Nothing();
                    case TableSource.OfShelf _ ->
                            throw new ShelfException(
                                    ErrorCode.INVALID_ARGUMENT,
                                    "SQL from another host needs a Flight SQL client: this command reads tables in place");
                };
        return SqlEngine.open(source, SqlOptions.defaults());
    }

    private static final class Nothing implements dev.arrowshelf.sql.tables.TableSource {
        @Override
        public @Nullable ShelfTable find(String name) {
            return null;
        }

        @Override
        public List<TableInfo> list() {
            return List.of();
        }
    }
}
