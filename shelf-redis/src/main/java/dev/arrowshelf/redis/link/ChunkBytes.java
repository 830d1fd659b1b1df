package dev.arrowshelf.redis.link;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A value that is written to Redis: pieces of memory, one after the other. Borrows the pieces;
/// they must stay until the write was answered.
///
/// @param pieces where the bytes lie
/// @param bytes how many there are in all
public record ChunkBytes(List<MemorySegment> pieces, long bytes) {
    /// The longest value that Redis takes.
    public static final long MOST_BYTES = 512L << 20;

    /// Copies the list and checks the sum.
    public ChunkBytes {
        pieces = List.copyOf(pieces);
        long sum = 0;
        for (MemorySegment piece : pieces) {
            sum += piece.byteSize();
        }
        if (sum != bytes) {
            throw new IllegalArgumentException(
                    "pieces do not add up: sum=" + sum + ", bytes=" + bytes);
        }
    }

    /// Returns a value of these pieces.
    public static ChunkBytes of(List<MemorySegment> pieces) {
        return new ChunkBytes(pieces, pieces.stream().mapToLong(MemorySegment::byteSize).sum());
    }

    /// Returns a value of an array.
    public static ChunkBytes of(byte[] bytes) {
        return new ChunkBytes(List.of(MemorySegment.ofArray(bytes)), bytes.length);
    }

    /// Returns a part of it, as slices of the pieces.
    public ChunkBytes slice(long from, long to) {
        List<MemorySegment> parts = new ArrayList<>();
        long begin = 0;
        for (MemorySegment piece : pieces) {
            long end = begin + piece.byteSize();
            long first = Math.max(from, begin);
            long last = Math.min(to, end);
            if (first < last) {
                parts.add(piece.asSlice(first - begin, last - first));
            }
            begin = end;
        }
        return of(parts);
    }
}
