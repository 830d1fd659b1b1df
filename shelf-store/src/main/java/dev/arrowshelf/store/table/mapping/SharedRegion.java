package dev.arrowshelf.store.table.mapping;

import dev.arrowshelf.memory.Region;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/// A mapped file that several tables of a slab use, counted: the last one to let go unmaps it.
///
/// Thread-safe. Whoever made it holds the first count.
public final class SharedRegion implements PartitionBytes {
    private final Region region;
    private final AtomicInteger users = new AtomicInteger(1);

    /// Takes over a mapping.
    public SharedRegion(Region region) {
        this.region = region;
    }

    @Override
    public MemorySegment segment() {
        return region.segment();
    }

    /// Takes a count; false when the last one was given back already.
    public boolean retain() {
        int seen = users.get();
        while (seen > 0) {
            int before = users.compareAndExchange(seen, seen + 1);
            if (before == seen) {
                return true;
            }
            seen = before;
        }
        return false;
    }

    /// Returns whether the last count was given back.
    public boolean isUnmapped() {
        return users.get() == 0;
    }

    @Override
    public void release() {
        if (users.decrementAndGet() == 0) {
            region.close();
        }
    }
}
