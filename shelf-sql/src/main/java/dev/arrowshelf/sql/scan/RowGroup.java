package dev.arrowshelf.sql.scan;

import java.util.ArrayList;
import java.util.List;

/// Rows of one record batch that one thread scans in one go.
///
/// @param partition the partition's place in the table
/// @param batch the batch's place in the partition
/// @param from the first row in the batch
/// @param count how many
record RowGroup(int partition, int batch, long from, long count) {
    /// A multiple of the 2,048 rows of a vector, and as many as a row group of DuckDB's own tables.
    static final long ROWS = 122_880;

    /// Cuts a table into row groups, in order; empty batches have none.
    static List<RowGroup> of(TableImage image) {
        List<RowGroup> groups = new ArrayList<>();
        for (int partition = 0; partition < image.partitions().size(); partition++) {
            TableImage.PartitionImage part = image.partitions().get(partition);
            for (int batch = 0; batch < part.batches().size(); batch++) {
                long rows = part.batches().get(batch).rows();
                for (long from = 0; from < rows; from += ROWS) {
                    groups.add(new RowGroup(partition, batch, from, Math.min(ROWS, rows - from)));
                }
            }
        }
        return groups;
    }
}
