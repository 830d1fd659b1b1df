package dev.arrowshelf.sql.scan;

import dev.arrowshelf.sql.prune.Bounds;
import dev.arrowshelf.sql.prune.KeyKind;
import dev.arrowshelf.sql.prune.KeyRange;
import dev.arrowshelf.sql.prune.RowChoice;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// One scan that is running: what all its threads share. Thread-safe.
final class GlobalScan implements AutoCloseable {
    private static final double MOST_CHOSEN = 0.75;

    /// Rows that tell whether a filter is worth being tried on the others.
    private static final int SAMPLE_ROWS = 4096;

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

    /// Returns whether rows can be told apart by what is wanted.
    boolean isFiltered() {
        return !wanted.isEmpty();
    }

    /// Chooses the rows of a row group that may be in the result.
    ///
    /// Returns whether they are few enough to be written one by one; otherwise all are read.
    boolean choose(int position, RowChoice choice) {
        RowGroup group = groups.get(position);
        if (group.from() + group.count() > Integer.MAX_VALUE) {
            return false;
        }
        int rows = (int) group.count();
        return leavesFew(position, choice, Math.min(rows, SAMPLE_ROWS))
                && (rows <= SAMPLE_ROWS || leavesFew(position, choice, rows));
    }

    private boolean leavesFew(int position, RowChoice choice, int rows) {
        RowGroup group = groups.get(position);
        choice.all((int) group.from(), rows);
        for (Map.Entry<Integer, Bounds> each : wanted.entrySet()) {
            int column = each.getKey();
            KeyRange range = each.getValue().values();
            KeyKind kind = table.kind(column).filter(KeyKind::hasOrder).orElse(null);
            if (kind != null && !range.holds(table.bounds(group, position, column).values())) {
                choice.keep(kind, table.rows(group, column, kind.isVariable()), range);
            }
        }
        return choice.count() < rows * MOST_CHOSEN;
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
