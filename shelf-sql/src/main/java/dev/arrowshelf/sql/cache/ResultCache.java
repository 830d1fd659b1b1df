package dev.arrowshelf.sql.cache;

import dev.arrowshelf.memory.ByteSize;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The results of statements that were asked lately, as long as their tables are what they were.
///
/// Thread-safe. Owns what it keeps until [#close()]; the least recently used goes first when there
/// is no room.
public final class ResultCache implements AutoCloseable {
    /// A result may take up to one part of so many, so that one does not drive all others out.
    private static final int PARTS = 4;

    /// What a result costs besides its buffers, about.
    private static final long ENTRY_BYTES = 1024;

    private final long limit;
    private final Map<ResultKey, KeptRows> entries = new LinkedHashMap<>(16, 0.75f, true);
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private long bytes;
    private boolean closed;

    /// @param limit most bytes; 0: nothing is kept
    public ResultCache(ByteSize limit) {
        this.limit = limit.bytes();
    }

    /// What the cache holds and how it served.
    ///
    /// @param results kept now
    /// @param bytes of these
    /// @param hits statements it answered
    /// @param misses statements that it could have answered, had it known them
    public record Figures(int results, long bytes, long hits, long misses) {}

    /// Returns whether anything is kept at all.
    public boolean isOn() {
        return limit > 0;
    }

    /// Returns the most bytes that one result may have.
    long mostBytes() {
        return limit / PARTS;
    }

    /// Returns the rows of a statement, which the caller releases; null when they are not known or
    /// not true any more.
    ///
    /// @param isCurrent whether the tables of a result are what they were
    public @Nullable KeptRows find(ResultKey key, Predicate<Map<List<String>, Long>> isCurrent) {
        KeptRows known;
        synchronized (this) {
            known = entries.get(key);
        }
        if (known == null || !known.use()) {
            misses.increment();
            return null;
        }
        // tables are looked up without the lock: that may read files
        if (isCurrent.test(known.tables())) {
            hits.increment();
            return known;
        }
        known.release();
        remove(key, known);
        misses.increment();
        return null;
    }

    /// Keeps rows; takes them over.
    void add(ResultKey key, KeptRows rows) {
        long size = rows.bytes() + ENTRY_BYTES;
        synchronized (this) {
            KeptRows before = closed ? null : entries.remove(key);
            if (before != null) {
                drop(before);
            }
            if (closed || size > limit) {
                rows.release();
                return;
            }
            Iterator<KeptRows> eldest = entries.values().iterator();
            while (bytes + size > limit && eldest.hasNext()) {
                KeptRows out = eldest.next();
                eldest.remove();
                drop(out);
            }
            entries.put(key, rows);
            bytes += size;
        }
    }

    private synchronized void remove(ResultKey key, KeptRows known) {
        if (entries.remove(key, known)) {
            drop(known);
        }
    }

    @SuppressWarnings("GuardedBy")
    private void drop(KeptRows rows) {
        bytes -= rows.bytes() + ENTRY_BYTES;
        rows.release();
    }

    /// Returns what the cache holds now.
    public synchronized Figures figures() {
        return new Figures(entries.size(), bytes, hits.sum(), misses.sum());
    }

    /// Lets all results go.
    @Override
    public synchronized void close() {
        closed = true;
        entries.values().forEach(KeptRows::release);
        entries.clear();
        bytes = 0;
    }
}
