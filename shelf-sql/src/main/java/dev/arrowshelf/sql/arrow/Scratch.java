package dev.arrowshelf.sql.arrow;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Native memory of one query in one thread, handed out piece by piece and given back as a whole.
///
/// One thread at a time. [#close()] gives the memory to the pool: by then nobody may point into it.
public final class Scratch implements AutoCloseable {
    private static final long ALIGNMENT = 16;

    private final ScratchPool pool;
    private final List<MemorySegment> blocks = new ArrayList<>();
    private MemorySegment current = MemorySegment.NULL;
    private long used;

    Scratch(ScratchPool pool) {
        this.pool = pool;
    }

    /// Returns zeroed memory, aligned to 16 bytes.
    public MemorySegment allocate(long bytes) {
        long begin = Math.ceilDiv(used, ALIGNMENT) * ALIGNMENT;
        if (begin + bytes > current.byteSize()) {
            current = pool.take(bytes);
            blocks.add(current);
            begin = 0;
        }
        used = begin + bytes;
        return current.asSlice(begin, bytes).fill((byte) 0);
    }

    @Override
    public void close() {
        blocks.forEach(pool::giveBack);
        blocks.clear();
        current = MemorySegment.NULL;
        used = 0;
    }
}
