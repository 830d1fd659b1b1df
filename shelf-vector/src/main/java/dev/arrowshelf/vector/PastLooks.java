package dev.arrowshelf.vector;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.LinkedHashMap;
import java.util.Map;

/// How many queries looked at every row of a generation so far: when they cost as much as an index,
/// it is worth building one. Thread-safe; remembers the tables used last.
final class PastLooks {
    private static final int MOST_TABLES = 1000;

    @GuardedBy("this")
    private final Map<Long, Long> queries = new LinkedHashMap<>(16, 0.75f, true);

    synchronized long of(long generation) {
        return queries.getOrDefault(generation, 0L);
    }

    synchronized void add(long generation, long count) {
        queries.merge(generation, count, Long::sum);
        if (queries.size() > MOST_TABLES) {
            queries.remove(queries.keySet().iterator().next());
        }
    }
}
