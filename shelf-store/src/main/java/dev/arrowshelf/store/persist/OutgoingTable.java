package dev.arrowshelf.store.persist;

import java.lang.foreign.MemorySegment;
import java.util.List;

/// A table on its way out of the shelf: mapped, immutable.
///
/// @param name its key
/// @param generation never used twice in a shelf
/// @param manifest what it takes to put it back: opaque, with a checksum of itself, and of every
///   partition where the tier has none of its own
/// @param partitions the bytes of each: an Arrow IPC file, or one IPC stream for a small table;
///   valid until the transfer ends
@SuppressWarnings("ArrayRecordComponent") // handed over, never compared
public record OutgoingTable(
        String name, long generation, byte[] manifest, List<MemorySegment> partitions) {
    /// Copies the list.
    public OutgoingTable {
        partitions = List.copyOf(partitions);
    }

    /// Returns the bytes of all partitions.
    public long bytes() {
        long sum = 0;
        for (MemorySegment partition : partitions) {
            sum = Math.addExact(sum, partition.byteSize());
        }
        return sum;
    }
}
