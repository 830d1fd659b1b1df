package dev.arrowshelf.redis.layout;

import java.util.List;

/// A published data set: everything that a reader needs. docs/spec/redis-layout.md, section 3.
///
/// @param generation which publication this is
/// @param layout how keys and values are formed
/// @param createdMillis when it was published, milliseconds since 1970
/// @param codec how bodies are compressed: zstd, lz4, none or mixed
/// @param splitBy what makes a partition
/// @param head pieces of the head
/// @param partitions partitions in ascending order
public record Manifest(
        long generation,
        Layout layout,
        long createdMillis,
        String codec,
        PartitionRule splitBy,
        List<ChunkEntry> head,
        List<PartitionEntry> partitions) {
    /// Copies the lists.
    public Manifest {
        head = List.copyOf(head);
        partitions = List.copyOf(partitions);
    }

    /// Returns the rows of all partitions.
    public long rows() {
        return partitions.stream().mapToLong(PartitionEntry::rows).sum();
    }

    /// Returns the bytes of all values but the manifest.
    public long bytes() {
        long bytes = head.stream().mapToLong(ChunkEntry::bytes).sum();
        return bytes + partitions.stream().mapToLong(PartitionEntry::bytes).sum();
    }

    /// Returns the number of all values but the manifest and the head.
    public long chunks() {
        return partitions.stream().mapToLong(partition -> partition.chunks().size()).sum();
    }
}
