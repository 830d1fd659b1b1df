package dev.arrowshelf.memory;

import java.lang.foreign.MemorySegment;

/// Memory that somebody else owns, known by its address: an Arrow buffer, a structure of a native
/// library.
public final class ForeignMemory {
    private ForeignMemory() {}

    /// The bytes at an address as a segment that any thread may use.
    ///
    /// Nothing ties the segment to the memory's life: the caller keeps the owner from freeing it
    /// while the segment is in use.
    public static MemorySegment at(long address, long bytes) {
        if (bytes < 0 || (address == 0 && bytes > 0)) {
            throw new IllegalArgumentException(
                    "no memory there: address=%d, bytes=%d".formatted(address, bytes));
        }
        return NativeAccess.segment(address, bytes);
    }
}
