package dev.arrowshelf.redis.layout;

import java.util.List;

/// What a manifest says of one partition.
///
/// @param part its number
/// @param chunks its chunks in order
public record PartitionEntry(long part, List<ChunkEntry> chunks) {
    /// Copies the list.
    public PartitionEntry {
        chunks = List.copyOf(chunks);
    }

    /// Returns the rows of all chunks.
    public long rows() {
        return chunks.stream().mapToLong(ChunkEntry::rows).sum();
    }

    /// Returns the bytes of all chunks.
    public long bytes() {
        return chunks.stream().mapToLong(ChunkEntry::bytes).sum();
    }
}
