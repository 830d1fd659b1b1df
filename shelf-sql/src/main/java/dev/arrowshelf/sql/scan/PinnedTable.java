package dev.arrowshelf.sql.scan;

import dev.arrowshelf.sql.arrow.BatchLayout;
import dev.arrowshelf.sql.column.ColumnRows;
import dev.arrowshelf.sql.prune.Bounds;
import dev.arrowshelf.sql.prune.KeyKind;
import dev.arrowshelf.sql.prune.KeyScan;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.StoredMessages;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLongArray;

/// One generation of a table, held for one query.
///
/// Thread-safe. Belongs to its snapshot.
final class PinnedTable {
    private final QuerySnapshot snapshot;
    private final ShelfTable table;
    private final TableImage image;
    private final long ticket;
    private final AtomicLongArray bases;

    PinnedTable(QuerySnapshot snapshot, ShelfTable table, TableImage image, long ticket) {
        this.snapshot = snapshot;
        this.table = table;
        this.image = image;
        this.ticket = ticket;
        this.bases = new AtomicLongArray(table.partitionCount());
    }

    QuerySnapshot snapshot() {
        return snapshot;
    }

    ShelfTable table() {
        return table;
    }

    TableImage image() {
        return image;
    }

    /// Returns the number by which the table function names this table.
    long ticket() {
        return ticket;
    }

    /// Returns how many columns without values stand before the table's own: one where partitions
    /// lie on disk. A query that needs rows and no column asks for the first one, and then nothing
    /// is fetched.
    int columnsBefore() {
        return table.spilledPartitions() == 0 ? 0 : 1;
    }

    /// Checks what partitions on disk say about their rows, of which none was checked.
    void requireRows(long rows) {
        if (rows != table.rowCount()) {
            throw new ShelfException(
                    ErrorCode.CORRUPT,
                    "partitions have other rows than their table: name=%s, rows=%d, expected=%d"
                            .formatted(table.name(), rows, table.rowCount()));
        }
    }

    /// Returns where a partition is mapped.
    long base(int partition) {
        long known = bases.get(partition);
        if (known != 0) {
            return known;
        }
        long base = StoredMessages.bytesOf(table, partition).address();
        bases.set(partition, base);
        return base;
    }

    /// Returns the kind of a column's keys; empty where it has none.
    Optional<KeyKind> kind(int column) {
        return KeyKind.of(image.schema().getFields().get(column));
    }

    /// Returns the layout of the batch that a row group is part of.
    BatchLayout batch(RowGroup group) {
        return image.partitions().get(group.partition()).batches().get(group.batch());
    }

    /// Returns a column of the batch that a row group is part of.
    ///
    /// @param variable whether it has bytes of variable length
    ColumnRows rows(RowGroup group, int column, boolean variable) {
        return ColumnRows.of(
                StoredMessages.bytesOf(table, group.partition()), batch(group), column, variable);
    }

    /// Returns what the values of a row group lie between.
    ///
    /// @param position the group's place in the table
    Bounds bounds(RowGroup group, int position, int column) {
        return image.bounds(
                position,
                column,
                kind ->
                        KeyScan.of(
                                kind,
                                StoredMessages.bytesOf(table, group.partition()),
                                batch(group),
                                column,
                                group.from(),
                                group.count()));
    }

    /// A row group was not touched.
    void skipped() {
        snapshot.skipped();
    }
}
