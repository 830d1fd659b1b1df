package dev.arrowshelf.sql.scan;

import dev.arrowshelf.sql.prune.KeyRange;
import java.util.Map;

/// One mention of a table in a statement, from binding to the end of its plan.
///
/// Binding and optimizing happen in one thread; what they leave here is read by others later.
final class BoundScan implements AutoCloseable {
    private final PinnedTable table;
    private volatile Map<Integer, KeyRange> wanted = Map.of();

    BoundScan(PinnedTable table) {
        this.table = table;
    }

    PinnedTable table() {
        return table;
    }

    /// Returns the keys that rows must have, by column.
    Map<Integer, KeyRange> wanted() {
        return wanted;
    }

    /// The filters as DuckDB sees them now; it may look again.
    void want(Map<Integer, KeyRange> ranges) {
        wanted = Map.copyOf(ranges);
    }

    /// Nothing to give back: the table belongs to the snapshot.
    @Override
    public void close() {}
}
