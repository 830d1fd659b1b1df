package dev.arrowshelf.sql.scan;

import dev.arrowshelf.sql.prune.Bounds;
import java.util.Map;

/// One mention of a table in a statement, from binding to the end of its plan.
///
/// Binding and optimizing happen in one thread; what they leave here is read by others later.
final class BoundScan implements AutoCloseable {
    private final PinnedTable table;
    private volatile Map<Integer, Bounds> wanted = Map.of();

    BoundScan(PinnedTable table) {
        this.table = table;
    }

    PinnedTable table() {
        return table;
    }

    /// Returns what the values of rows must lie between, by column.
    Map<Integer, Bounds> wanted() {
        return wanted;
    }

    /// The filters as DuckDB sees them now; it may look again.
    void want(Map<Integer, Bounds> bounds) {
        wanted = Map.copyOf(bounds);
    }

    /// Nothing to give back: the table belongs to the snapshot.
    @Override
    public void close() {}
}
