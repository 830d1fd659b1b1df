package dev.arrowshelf.vector.model;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.HashSet;
import java.util.List;

/// What is searched, and how.
///
/// @param table name of the table
/// @param columns one column of lists, or columns of numbers, one a dimension; empty: the only
///   column of lists of floating point numbers, otherwise all columns of floating point numbers
/// @param metric what near means
/// @param index how to find it
/// @param filter rows that may be answered
/// @param recall the share of true neighbours wanted of an approximate index, above 0 to 1; 0
///   leaves it to the index (0.95)
public record SearchRequest(
        String table,
        List<String> columns,
        Metric metric,
        IndexKind index,
        RowFilter filter,
        double recall) {
    /// Checks the recall and that no column is named twice.
    public SearchRequest {
        columns = List.copyOf(columns);
        if (!(recall >= 0 && recall <= 1)) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "recall out of range: recall=" + recall + ", least=0, greatest=1");
        }
        if (new HashSet<>(columns).size() < columns.size()) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "column is named twice: columns=" + columns);
        }
    }

    /// Returns a search of all rows of a table by Euclidean distance, the index left open.
    public static SearchRequest of(String table, String... columns) {
        return new SearchRequest(
                table, List.of(columns), Metric.L2, IndexKind.AUTO, RowFilter.ALL, 0);
    }

    /// Returns a copy with another metric.
    public SearchRequest withMetric(Metric other) {
        return new SearchRequest(table, columns, other, index, filter, recall);
    }

    /// Returns a copy with another index.
    public SearchRequest withIndex(IndexKind other) {
        return new SearchRequest(table, columns, metric, other, filter, recall);
    }

    /// Returns a copy with another filter.
    public SearchRequest withFilter(RowFilter other) {
        return new SearchRequest(table, columns, metric, index, other, recall);
    }

    /// Returns a copy with another wanted recall.
    public SearchRequest withRecall(double wanted) {
        return new SearchRequest(table, columns, metric, index, filter, wanted);
    }
}
