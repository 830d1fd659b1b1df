package dev.arrowshelf.store.catalog;

import java.util.List;

/// What a table in segments consists of: the truth from which the control block is rebuilt.
/// Immutable.
public final class Descriptor {
    private final TableKey key;
    private final long generation;
    private final long createdMillis;
    private final int columns;
    private final byte[] schema;
    private final List<Partition> partitions;

    /// One sealed segment of the table.
    ///
    /// @param rows its rows
    /// @param bytes length of its file
    /// @param batches its record batches
    public record Partition(long rows, long bytes, int batches) {
        /// Checks the figures.
        public Partition {
            if (rows < 0 || bytes < 0 || batches < 0) {
                throw new IllegalArgumentException(
                        "partition is impossible: rows=%d, bytes=%d, batches=%d"
                                .formatted(rows, bytes, batches));
            }
        }
    }

    /// Describes a table whose segments are named after its generation.
    ///
    /// @param schema metadata of the schema message; belongs to the descriptor from now on
    public Descriptor(
            TableKey key,
            long generation,
            long createdMillis,
            int columns,
            byte[] schema,
            List<Partition> partitions) {
        this.key = key;
        this.generation = generation;
        this.createdMillis = createdMillis;
        this.columns = columns;
        this.schema = schema;
        this.partitions = List.copyOf(partitions);
    }

    /// Returns the table's key.
    public TableKey key() {
        return key;
    }

    /// Returns the table's generation.
    public long generation() {
        return generation;
    }

    /// Returns when the table was put, milliseconds since 1970.
    public long createdMillis() {
        return createdMillis;
    }

    /// Returns the number of top-level columns.
    public int columns() {
        return columns;
    }

    /// Returns the segments in order.
    public List<Partition> partitions() {
        return partitions;
    }

    /// Returns the rows of all partitions.
    public long rows() {
        return partitions.stream().mapToLong(Partition::rows).sum();
    }

    /// Returns the sum of the segments' lengths.
    public long bytes() {
        return partitions.stream().mapToLong(Partition::bytes).sum();
    }

    /// Returns the length of the descriptor's own file.
    public long fileBytes() {
        return DescriptorLayout.totalBytes(this);
    }

    byte[] schema() {
        return schema;
    }
}
