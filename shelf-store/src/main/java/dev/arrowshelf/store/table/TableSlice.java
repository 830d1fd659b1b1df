package dev.arrowshelf.store.table;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/// Which columns and rows of a table are read.
///
/// @param columns names of the top-level columns, in the wanted order, each once; empty: all
///   columns. A present but empty list is valid: no columns, only row counts
/// @param offset rows to skip
/// @param limit most rows to read; `Long.MAX_VALUE` is no limit
public record TableSlice(Optional<List<String>> columns, long offset, long limit) {
    /// The whole table.
    public static final TableSlice ALL = new TableSlice(Optional.empty(), 0, Long.MAX_VALUE);

    /// Checks the range and that no column is named twice.
    public TableSlice {
        if (offset < 0 || limit < 0) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "slice is negative: offset=" + offset + ", limit=" + limit);
        }
        columns = columns.map(List::copyOf);
        HashSet<String> seen = new HashSet<>();
        for (String column : columns.orElse(List.of())) {
            if (!seen.add(column)) {
                throw new ShelfException(
                        ErrorCode.INVALID_ARGUMENT, "column is named twice: column=" + column);
            }
        }
    }

    /// Returns a slice of some columns, all rows.
    public static TableSlice ofColumns(String... names) {
        return ALL.withColumns(List.of(names));
    }

    /// Returns a slice of some rows, all columns.
    public static TableSlice ofRows(long offset, long limit) {
        return ALL.withRows(offset, limit);
    }

    /// Returns a copy with other columns.
    public TableSlice withColumns(List<String> names) {
        return new TableSlice(Optional.of(names), offset, limit);
    }

    /// Returns a copy with another range of rows.
    public TableSlice withRows(long skipped, long most) {
        return new TableSlice(columns, skipped, most);
    }
}
