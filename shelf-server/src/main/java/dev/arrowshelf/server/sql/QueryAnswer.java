package dev.arrowshelf.server.sql;

import dev.arrowshelf.sql.StoredColumns;
import dev.arrowshelf.store.model.TableInfo;
import java.nio.ByteBuffer;

/// What a query came to.
public sealed interface QueryAnswer {
    /// All rows.
    ///
    /// @param stream an IPC stream
    record Inline(ByteBuffer stream) implements QueryAnswer {}

    /// Rows on the shelf, under a key that the client deletes.
    ///
    /// @param table where they lie
    record Lent(TableInfo table) implements QueryAnswer {}

    /// Rows that are columns of a table as it lies on the shelf; nothing was run.
    ///
    /// @param columns where they lie
    record InPlace(StoredColumns columns) implements QueryAnswer {}

    /// The table that was asked for.
    ///
    /// @param table its facts
    record Stored(TableInfo table) implements QueryAnswer {}

    /// A plan.
    ///
    /// @param text its text
    record Plan(String text) implements QueryAnswer {}
}
