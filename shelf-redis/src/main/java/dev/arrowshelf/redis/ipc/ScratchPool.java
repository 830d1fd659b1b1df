package dev.arrowshelf.redis.ipc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/// Memory outside the heap that is used again and again. Lengths are rounded up, so that a few
/// pieces serve all.
///
/// Thread-safe. Owns the memory until [#close]; whoever takes a piece gives it back, or leaves it
/// to `close`. How much there is at once is the callers' care.
public final class ScratchPool implements AutoCloseable {
    private static final long LEAST_BYTES = 1 << 16;
    private static final int ALIGNMENT = 64;

    private final Arena arena = Arena.ofShared();
    private final Map<Long, Deque<MemorySegment>> free = new HashMap<>();
    private long allocatedBytes;

    /// Returns memory of at least this length; its content is anything.
    public synchronized MemorySegment take(long bytes) {
        long size = size(bytes);
        Deque<MemorySegment> pieces = free.get(size);
        MemorySegment piece = pieces == null ? null : pieces.poll();
        if (piece == null) {
            piece = arena.allocate(size, ALIGNMENT);
            allocatedBytes += size;
        }
        return piece;
    }

    /// Takes memory back that [#take] returned.
    public synchronized void giveBack(MemorySegment piece) {
        free.computeIfAbsent(piece.byteSize(), _ -> new ArrayDeque<>()).push(piece);
    }

    /// Returns how much was allocated so far.
    public synchronized long allocatedBytes() {
        return allocatedBytes;
    }

    private static long size(long bytes) {
        long least = Math.max(bytes, LEAST_BYTES);
        long power = Long.highestOneBit(least);
        // Eighths between the powers of two: less waste for large pieces.
        long step = Math.max(power >>> 3, LEAST_BYTES);
        return (least + step - 1) / step * step;
    }

    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            free.clear();
            arena.close();
        }
    }
}
