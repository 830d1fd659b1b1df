package dev.arrowshelf.memory;

import java.util.concurrent.atomic.AtomicLong;

/// How many mappings this process has through [Region], and how many it may have: a quarter of
/// `vm.max_map_count`.
///
/// Beyond the kernel's own limit the JVM aborts, so the shelf stays far below it. Caches of
/// mappings watch [#available] and let the least recently used go. Thread-safe.
public final class MappingBudget {
    private static final MappingBudget PROCESS = new MappingBudget(HostMemory.maxMapCount() / 4);

    private final long limit;
    private final AtomicLong used = new AtomicLong();

    private MappingBudget(long limit) {
        this.limit = limit;
    }

    /// The one budget of this process.
    public static MappingBudget process() {
        return PROCESS;
    }

    /// The greatest number of mappings.
    public long limit() {
        return limit;
    }

    /// Mappings that exist now.
    public long used() {
        return used.get();
    }

    /// Mappings that may still be made.
    public long available() {
        return Math.max(0, limit - used.get());
    }

    void acquire(int mappings) throws NoSpaceException {
        long now = used.addAndGet(mappings);
        if (now > limit) {
            used.addAndGet(-mappings);
            throw new NoSpaceException(
                    "this process has all the mappings it may have: used=%d, limit=%d"
                            .formatted(now - mappings, limit));
        }
    }

    void release(int mappings) {
        used.addAndGet(-mappings);
    }
}
