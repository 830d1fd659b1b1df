package dev.arrowshelf.sql.duckdb;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// Java objects that DuckDB holds by a number, until it says that it needs them no more.
///
/// Thread-safe. The destroy callback lives as long as the arena that this was made with.
public final class JavaObjects {
    private static final System.Logger LOG = System.getLogger(JavaObjects.class.getName());

    private final Map<Long, AutoCloseable> objects = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();
    private final MemorySegment destroyCallback;

    public JavaObjects(Arena arena) {
        this.destroyCallback = DuckDbLibrary.callback(this::destroy, arena);
    }

    /// Returns how many objects DuckDB holds.
    public int size() {
        return objects.size();
    }

    /// Returns the object of a number.
    public AutoCloseable get(long number) {
        AutoCloseable object = objects.get(number);
        if (object == null) {
            throw new IllegalStateException("no such object: number=" + number);
        }
        return object;
    }

    long add(AutoCloseable object) {
        long number = numbers.incrementAndGet();
        objects.put(number, object);
        return number;
    }

    MemorySegment destroyCallback() {
        return destroyCallback;
    }

    /// Called by DuckDB, from any of its threads.
    private void destroy(MemorySegment number) {
        try {
            AutoCloseable object = objects.remove(number.address());
            if (object != null) {
                object.close();
            }
        } catch (Throwable failure) {
            LOG.log(System.Logger.Level.ERROR, "object of a query cannot be closed", failure);
        }
    }
}
