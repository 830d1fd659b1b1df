package dev.arrowshelf.vector.index;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The indexes this process has open, the least recently used first. What falls out stays mapped
/// while somebody searches it.
///
/// Thread-safe; releases happen outside the lock.
final class IndexCache implements AutoCloseable {
    private static final int MOST_OPEN = 32;

    @GuardedBy("this")
    private final Map<String, OpenIndex> open = new LinkedHashMap<>(16, 0.75f, true);

    /// Returns an index, counted for the caller, or null.
    synchronized @Nullable OpenIndex get(String name) {
        OpenIndex index = open.get(name);
        return index != null && index.retain() ? index : null;
    }

    /// Keeps an index and counts it for the caller as well.
    OpenIndex keep(String name, OpenIndex index) {
        List<OpenIndex> dropped = new ArrayList<>();
        synchronized (this) {
            OpenIndex present = open.get(name);
            if (present != null && present.retain()) {
                dropped.add(index);
                index = present;
            } else {
                index.retain();
                open.put(name, index);
            }
            while (open.size() > MOST_OPEN) {
                dropped.add(open.remove(open.keySet().iterator().next()));
            }
        }
        dropped.forEach(OpenIndex::release);
        return index;
    }

    /// Lets go of the indexes whose names fit.
    void drop(Predicate<String> fits) {
        List<OpenIndex> dropped = new ArrayList<>();
        synchronized (this) {
            open.entrySet()
                    .removeIf(entry -> {
                        boolean wanted = fits.test(entry.getKey());
                        if (wanted) {
                            dropped.add(entry.getValue());
                        }
                        return wanted;
                    });
        }
        dropped.forEach(OpenIndex::release);
    }

    @Override
    public void close() {
        drop(_ -> true);
    }
}
