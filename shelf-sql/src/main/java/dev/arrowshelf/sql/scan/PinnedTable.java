package dev.arrowshelf.sql.scan;

import dev.arrowshelf.sql.prune.Bounds;
import dev.arrowshelf.sql.prune.KeyScan;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.StoredMessages;
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

    /// Returns what the values of a row group lie between.
    ///
    /// @param position the group's place in the table
    Bounds bounds(RowGroup group, int position, int column) {
        return image.bounds(
                position,
                column,
                kind -> {
                    TableImage.PartitionImage partition = image.partitions().get(group.partition());
                    return KeyScan.of(
                            kind,
                            StoredMessages.bytesOf(table, group.partition()),
                            partition.batches().get(group.batch()),
                            column,
                            group.from(),
                            group.count());
                });
    }

    /// A row group was not touched.
    void skipped() {
        snapshot.skipped();
    }
}
