package dev.arrowshelf.sql.tables;

import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Tables of one source, with what others know of them or make for a query. As thread-safe as they.
///
/// @param tables the tables themselves
/// @param known details of a table
/// @param made tables that are made for a query
record ExtendedTables(
        TableSource tables,
        Function<String, @Nullable TableDetails> known,
        Function<String, @Nullable ShelfTable> made)
        implements TableSource {
    @Override
    public @Nullable ShelfTable find(String name) {
        return tables.find(name);
    }

    @Override
    public List<TableInfo> list() {
        return tables.list();
    }

    @Override
    public @Nullable TableDetails details(String name) {
        return known.apply(name);
    }

    @Override
    public @Nullable ShelfTable nearest(String wanted) {
        return made.apply(wanted);
    }
}
