package dev.arrowshelf.vector.index;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.vector.model.IndexInfo;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.segment.IndexBytes;
import dev.arrowshelf.vector.segment.IndexIdentity;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The indexes of a host: found, built once however many ask at the same time, and dropped with
/// their generation.
///
/// Thread rule: safe for several threads; one build of an index at a time, of different ones at
/// once.
public final class IndexStore implements AutoCloseable {
    private static final Logger LOGGER = System.getLogger(IndexStore.class.getName());

    private final IndexHost host;
    private final IndexFactory factory;
    private final IndexCache cache = new IndexCache();
    private final Map<String, ReentrantLock> building = new ConcurrentHashMap<>();
    private final Map<String, IndexInfo> known = new ConcurrentHashMap<>();
    private final boolean stores;

    public IndexStore(IndexHost host, IndexFactory factory, boolean stores) {
        this.host = host;
        this.factory = factory;
        this.stores = stores && host.storesIndexes();
    }

    /// Returns whether built indexes stay on the shelf.
    public boolean stores() {
        return stores;
    }

    /// Returns an index that is there already, counted for the caller, or null.
    public @Nullable OpenIndex find(IndexIdentity identity) {
        String name = IndexName.of(identity);
        OpenIndex open = cache.get(name);
        if (open != null) {
            return open;
        }
        ShelfTable stored = host.find(name);
        return stored == null ? null : map(name, identity, stored);
    }

    /// Maps a stored index; one that is damaged, or of something else, is dropped.
    private @Nullable OpenIndex map(String name, IndexIdentity identity, ShelfTable stored) {
        try (stored) {
            OpenIndex index = OpenIndex.map(stored);
            if (!index.bytes().identity().equals(identity)) {
                index.release();
                throw IndexBytes.damaged("it is of something else");
            }
            return cache.keep(name, index);
        } catch (ShelfException failure) {
            if (failure.code() != ErrorCode.CORRUPT) {
                throw failure;
            }
            LOGGER.log(
                    Level.WARNING,
                    "vector index is not used: table="
                            + identity.table()
                            + ", reason="
                            + failure.getMessage());
        }
        if (stores) {
            host.delete(name);
        }
        return null;
    }

    /// Returns an index, built where it is not there yet, counted for the caller.
    public OpenIndex obtain(
            IndexIdentity identity, int lists, PointTable table, BuildProgress progress) {
        String name = IndexName.of(identity);
        ReentrantLock turn = building.computeIfAbsent(name, _ -> new ReentrantLock());
        turn.lock();
        try {
            OpenIndex there = find(identity);
            if (there != null) {
                return there;
            }
            if (!stores) {
                return cache.keep(name, factory.inScratch(identity, lists, table, progress));
            }
            factory.onShelf(identity, lists, table, host, name, progress);
            OpenIndex built = find(identity);
            if (built == null) {
                throw new ShelfException(
                        ErrorCode.NOT_FOUND, "index is gone already: table=" + identity.table());
            }
            return built;
        } finally {
            turn.unlock();
            building.remove(name, turn);
        }
    }

    /// Returns facts about all stored indexes.
    public List<IndexInfo> list() {
        List<String> names = host.internalNames().stream().filter(IndexName::isOne).toList();
        known.keySet().retainAll(names);
        List<IndexInfo> found = new ArrayList<>();
        for (String name : names) {
            IndexInfo info = known.get(name);
            if (info == null) {
                info = info(name);
            }
            if (info != null) {
                known.put(name, info);
                found.add(info);
            }
        }
        return found;
    }

    private @Nullable IndexInfo info(String name) {
        try (ShelfTable stored = host.find(name)) {
            if (stored == null) {
                return null;
            }
            OpenIndex index = OpenIndex.map(stored);
            try {
                return IndexFacts.of(index.bytes());
            } finally {
                index.release();
            }
        } catch (ShelfException failure) {
            if (failure.code() == ErrorCode.CORRUPT) {
                return null;
            }
            throw failure;
        }
    }

    /// Drops the index of a name; returns whether it was there.
    public boolean drop(String name) {
        cache.drop(name::equals);
        return host.delete(name);
    }

    /// Drops the stored indexes of generations that are no longer there, and lets go of such ones.
    public void dropStale() {
        for (IndexInfo info : list()) {
            try (ShelfTable table = host.find(info.table())) {
                if (table == null || table.generation() != info.generation()) {
                    drop(IndexName.of(IndexFacts.identity(info)));
                }
            }
        }
        cache.drop(name -> {
            try (ShelfTable stored = host.find(name)) {
                return stores && stored == null;
            }
        });
    }

    @Override
    public void close() {
        cache.close();
    }
}
