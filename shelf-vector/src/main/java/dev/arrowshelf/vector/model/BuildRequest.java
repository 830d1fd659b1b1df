package dev.arrowshelf.vector.model;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.List;

/// Which index to build.
///
/// @param table name of the table
/// @param columns as for a search; empty: as offered
/// @param metric what near means
/// @param kind how it finds what is near; `AUTO` by the number of dimensions
/// @param settings how
public record BuildRequest(
        String table, List<String> columns, Metric metric, IndexKind kind, IndexSettings settings) {
    /// Checks what is asked for.
    public BuildRequest {
        columns = List.copyOf(columns);
        if (kind == IndexKind.EXACT) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "exact search needs no index: index=exact");
        }
        if (kind != IndexKind.AUTO) {
            settings.check(kind);
        }
    }

    /// Returns a request for the index that suits a table.
    public static BuildRequest of(String table, String... columns) {
        return new BuildRequest(
                table, List.of(columns), Metric.L2, IndexKind.AUTO, IndexSettings.USUAL);
    }

    /// Returns a copy for another kind.
    public BuildRequest withKind(IndexKind other) {
        return new BuildRequest(table, columns, metric, other, settings);
    }

    /// Returns a copy for another metric.
    public BuildRequest withMetric(Metric other) {
        return new BuildRequest(table, columns, other, kind, settings);
    }

    /// Returns a copy with so many lists or links.
    public BuildRequest withLists(int wanted) {
        return new BuildRequest(
                table, columns, metric, kind, new IndexSettings(wanted, settings.storage()));
    }

    /// Returns a copy with coordinates kept so.
    public BuildRequest withStorage(Storage wanted) {
        return new BuildRequest(
                table, columns, metric, kind, new IndexSettings(settings.lists(), wanted));
    }
}
