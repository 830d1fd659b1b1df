package dev.arrowshelf.vector.segment;

import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;
import java.util.List;

/// What an index is of: one generation of a table, some of its columns, a metric.
///
/// @param table name of the table
/// @param generation the only one that the index may be used with
/// @param columns in the order of the dimensions
/// @param metric what near means
/// @param kind how it finds what is near
public record IndexIdentity(
        String table, long generation, List<String> columns, Metric metric, IndexKind kind) {
    /// Copies the columns.
    public IndexIdentity {
        columns = List.copyOf(columns);
    }
}
