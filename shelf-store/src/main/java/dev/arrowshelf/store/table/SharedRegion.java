package dev.arrowshelf.store.table;

import dev.arrowshelf.memory.Region;
import java.util.concurrent.atomic.AtomicInteger;

/// A mapped file that several tables of a slab use, counted: the last one to let go unmaps it.
///
/// Thread-safe. Whoever made it holds the first count.
final class SharedRegion {
    private final Region region;
    private final AtomicInteger users = new AtomicInteger(1);

    SharedRegion(Region region) {
        this.region = region;
    }

    /// Returns the mapping; the caller holds a count.
    Region region() {
        return region;
    }

    /// Takes a count; false when the last one was given back already.
    boolean retain() {
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
    boolean isUnmapped() {
        return users.get() == 0;
    }

    /// Gives a count back.
    void release() {
        if (users.decrementAndGet() == 0) {
            region.close();
        }
    }
}
