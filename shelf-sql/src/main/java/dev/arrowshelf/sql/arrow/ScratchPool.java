package dev.arrowshelf.sql.arrow;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/// Blocks of native memory that queries use one after the other: making and ending a shared arena
/// for each query would cost more than a small query does.
///
/// Thread-safe. Owns its blocks until [#close()], except large ones, which end when given back.
public final class ScratchPool implements AutoCloseable {
    private static final long BLOCK_BYTES = 64 << 10;
    private static final int MOST_IDLE = 256;

    private final Arena arena = Arena.ofShared();
    private final Deque<MemorySegment> idle = new ArrayDeque<>();
    private final Map<Long, Arena> large = new HashMap<>();
    private int lent;

    /// Returns empty memory for one thread.
    public Scratch scratch() {
        return new Scratch(this);
    }

    /// Returns how many blocks are in use.
    public synchronized int lent() {
        return lent;
    }

    synchronized MemorySegment take(long bytes) {
        lent++;
        if (bytes > BLOCK_BYTES) {
            Arena own = Arena.ofShared();
            MemorySegment block = own.allocate(bytes, Long.BYTES * 2);
            large.put(block.address(), own);
            return block;
        }
        MemorySegment block = idle.poll();
        return block == null ? arena.allocate(BLOCK_BYTES, Long.BYTES * 2) : block;
    }

    synchronized void giveBack(MemorySegment block) {
        lent--;
        Arena own = large.remove(block.address());
        if (own != null) {
            own.close();
        } else if (idle.size() < MOST_IDLE) {
            idle.push(block);
        }
    }

    @Override
    public synchronized void close() {
        large.values().forEach(Arena::close);
        large.clear();
        idle.clear();
        arena.close();
    }
}
