package dev.arrowshelf.store.table;

import dev.arrowshelf.memory.control.CatalogueBusyException;
import dev.arrowshelf.memory.control.ControlReader;
import dev.arrowshelf.memory.control.Slot;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The tables that this process has mapped, by name. Holds one count of each.
///
/// Thread-safe without locks: an entry is replaced or removed by whoever sees it unchanged, and
/// only that one gives its count back.
final class TableCache {
    private static final int MOST_TABLES = 1 << 17;

    private final ConcurrentHashMap<String, CachedTable> tables = new ConcurrentHashMap<>();

    @Nullable CachedTable get(String name) {
        return tables.get(name);
    }

    /// Adds a table that was just mapped, with the count that this cache is to hold.
    void add(CachedTable fresh) {
        CachedTable before = tables.put(fresh.table().name(), fresh);
        if (before != null) {
            before.table().release();
        }
    }

    /// Says that a table was found again at another slot or sequence; false when the entry is no
    /// longer there.
    boolean confirm(CachedTable before, CachedTable after) {
        return tables.replace(before.table().name(), before, after);
    }

    /// Removes an entry and gives its count back, if it is still there.
    void drop(CachedTable cached) {
        if (tables.remove(cached.table().name(), cached)) {
            cached.table().release();
        }
    }

    /// Looks whether a table whose slot changed is still the one of its name; drops it otherwise.
    void recheck(CachedTable cached, ControlReader control) throws CatalogueBusyException {
        MappedTable table = cached.table();
        Slot slot = control.find(TableName.toKey(table.name()));
        if (slot == null || !table.isAt(slot)) {
            drop(cached);
        } else {
            confirm(cached, new CachedTable(control, slot.index(), slot.sequence(), table));
        }
    }

    /// Drops every table that is not the one of its name any more.
    void dropStale(ControlReader control) throws CatalogueBusyException {
        for (CachedTable cached : tables.values()) {
            if (!cached.isCurrent(control)) {
                recheck(cached, control);
            }
        }
    }

    /// Drops the least recently used quarter of the tables that nobody uses, and as many more as
    /// give back `mappings`.
    void evict(int mappings) {
        record Idle(CachedTable cached, long lastUse) {}
        List<Idle> idle = new ArrayList<>();
        for (Map.Entry<String, CachedTable> entry : tables.entrySet()) {
            MappedTable table = entry.getValue().table();
            if (table.isIdle()) {
                idle.add(new Idle(entry.getValue(), table.lastUse()));
            }
        }
        long now = System.nanoTime();
        idle.sort(Comparator.comparingLong(each -> each.lastUse() - now));
        int dropped = 0;
        int given = 0;
        for (Idle each : idle) {
            if (dropped >= (idle.size() + 3) / 4 && given >= mappings) {
                return;
            }
            drop(each.cached());
            dropped++;
            given += each.cached().table().mappings();
        }
    }

    boolean isFull() {
        return tables.size() >= MOST_TABLES;
    }

    void clear() {
        tables.values().forEach(this::drop);
    }
}
