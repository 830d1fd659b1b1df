package dev.arrowshelf.sql.scan;

import dev.arrowshelf.sql.prune.Bounds;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// One scan that is running: what all its threads share. Thread-safe.
final class GlobalScan implements AutoCloseable {
    private final PinnedTable table;
    private final int[] columns;
    private final List<RowGroup> groups;
    private final Map<Integer, Bounds> wanted;
    private final long rows;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicLong done = new AtomicLong();

    /// @param columns which columns of the table DuckDB wants, in its order
    /// @param wanted what values must lie between, by column
    GlobalScan(
            PinnedTable table, int[] columns, List<RowGroup> groups, Map<Integer, Bounds> wanted) {
        this.table = table;
        this.wanted = wanted;
        this.columns = columns;
        this.groups = List.copyOf(groups);
        this.rows = groups.stream().mapToLong(RowGroup::count).sum();
    }

    PinnedTable table() {
        return table;
    }

    int columnCount() {
        return columns.length;
    }

    /// Returns the number of a column of the table, or one that the table does not have where
    /// DuckDB wants no values.
    int column(int index) {
        return columns[index];
    }

    boolean hasColumn(int index) {
        return columns[index] >= 0 && columns[index] < table.image().shapes().size();
    }

    long rows() {
        return rows;
    }

    int groupCount() {
        return groups.size();
    }

    RowGroup group(int position) {
        return groups.get(position);
    }

    /// Takes the next row group that may have rows of the result for a thread; -1 when there is
    /// none.
    int claim() {
        while (true) {
            int position = next.getAndIncrement();
            if (position >= groups.size()) {
                return -1;
            }
            if (mayHold(position)) {
                return position;
            }
            add(groups.get(position).count());
            table.skipped();
        }
    }

    private boolean mayHold(int position) {
        for (Map.Entry<Integer, Bounds> each : wanted.entrySet()) {
            Bounds bounds = table.bounds(groups.get(position), position, each.getKey());
            if (!bounds.meets(each.getValue())) {
                return false;
            }
        }
        return true;
    }

    void add(long scanned) {
        done.addAndGet(scanned);
    }

    /// Returns the part that is scanned, in percent.
    double percent() {
        return rows == 0 ? 100.0 : 100.0 * done.get() / rows;
    }

    @Override
    public void close() {}
}
