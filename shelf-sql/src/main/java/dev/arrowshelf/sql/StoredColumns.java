package dev.arrowshelf.sql;

import java.util.List;

/// Columns of a table that are, as they lie on the shelf, the whole result of a statement.
///
/// @param table its name
/// @param generation which table of this name
/// @param columns their numbers, in the order of the result
public record StoredColumns(String table, long generation, List<Integer> columns) {
    /// Copies the list.
    public StoredColumns {
        columns = List.copyOf(columns);
    }
}
