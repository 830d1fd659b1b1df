package dev.arrowshelf.store.catalog;

import dev.arrowshelf.store.model.SpillPlace;
import dev.arrowshelf.store.model.TableAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a table in segments consists of: the truth from which the control block is rebuilt.
/// Immutable.
public final class Descriptor {
    private final TableKey key;
    private final long generation;
    private final long createdMillis;
    private final int columns;
    private final byte[] schema;
    private final List<Partition> partitions;
    private final TableAttributes attributes;

    /// One sealed segment of the table.
    ///
    /// @param rows its rows
    /// @param bytes length of its file
    /// @param batches its record batches
    /// @param spilled where it lies on disk; null when it is in `segments/`
    public record Partition(long rows, long bytes, int batches, @Nullable SpillPlace spilled) {
        /// A partition in `segments/`.
        public Partition(long rows, long bytes, int batches) {
            this(rows, bytes, batches, null);
        }

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
        this(key, generation, createdMillis, columns, schema, partitions, TableAttributes.NONE);
    }

    /// Describes a table about which something was said.
    ///
    /// @param schema metadata of the schema message; belongs to the descriptor from now on
    public Descriptor(
            TableKey key,
            long generation,
            long createdMillis,
            int columns,
            byte[] schema,
            List<Partition> partitions,
            TableAttributes attributes) {
        this.key = key;
        this.generation = generation;
        this.createdMillis = createdMillis;
        this.columns = columns;
        this.schema = schema;
        this.partitions = List.copyOf(partitions);
        this.attributes = attributes;
    }

    /// Returns the same table with other attributes.
    public Descriptor with(TableAttributes changed) {
        return new Descriptor(key, generation, createdMillis, columns, schema, partitions, changed);
    }

    /// Returns the same table with one partition elsewhere; null for `segments/`.
    public Descriptor with(int partition, @Nullable SpillPlace place) {
        List<Partition> moved = new ArrayList<>(partitions);
        Partition old = moved.get(partition);
        moved.set(partition, new Partition(old.rows(), old.bytes(), old.batches(), place));
        return new Descriptor(key, generation, createdMillis, columns, schema, moved, attributes);
    }

    /// Returns what was said about the table.
    public TableAttributes attributes() {
        return attributes;
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

    /// Returns the metadata of the schema message, which nobody may change.
    public byte[] schema() {
        return schema;
    }
}
