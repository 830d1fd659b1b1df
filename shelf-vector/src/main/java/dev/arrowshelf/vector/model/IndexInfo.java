package dev.arrowshelf.vector.model;

import java.util.List;

/// Facts about a stored index.
///
/// @param table name of the table
/// @param columns in the order of the dimensions
/// @param metric what near means
/// @param kind how it finds what is near
/// @param generation of the table; the index is used with this one only
/// @param size how large it is
/// @param settings of an approximate index, in words
public record IndexInfo(
        String table,
        List<String> columns,
        Metric metric,
        IndexKind kind,
        long generation,
        Size size,
        String settings) {
    /// Copies the columns.
    public IndexInfo {
        columns = List.copyOf(columns);
    }

    /// How large an index is.
    ///
    /// @param points rows in it
    /// @param skipped rows of the table that are no vectors
    /// @param dimensions as searched
    /// @param bytes on the shelf
    /// @param createdMillis when it was built, milliseconds since 1970
    public record Size(long points, long skipped, int dimensions, long bytes, long createdMillis) {}
}
