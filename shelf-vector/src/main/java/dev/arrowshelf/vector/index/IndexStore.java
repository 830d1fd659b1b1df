package dev.arrowshelf.vector.index;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.vector.model.BuildRequest;
import dev.arrowshelf.vector.model.IndexInfo;
import dev.arrowshelf.vector.model.IndexSettings;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.segment.IndexBytes;
import dev.arrowshelf.vector.segment.IndexIdentity;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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
    private final IndexBuilds builds;
    private final Map<String, IndexInfo> known = new ConcurrentHashMap<>();
    private final boolean stores;

    public IndexStore(IndexHost host, IndexFactory factory, boolean stores, InstantSource clock) {
        this.host = host;
        this.factory = factory;
        this.builds = new IndexBuilds(clock.millis());
        this.stores = stores && host.storesIndexes();
    }

    /// Returns whether built indexes stay on the shelf.
    public boolean stores() {
        return stores;
    }

    /// Returns an index that is there already, counted for the caller, or null.
    public @Nullable OpenIndex find(IndexIdentity identity) {
        return find(IndexName.of(identity), identity);
    }

    private @Nullable OpenIndex find(String name, IndexIdentity identity) {
        OpenIndex open = cache.get(name);
        if (open != null) {
            return open;
        }
        ShelfTable stored = host.find(name);
        return stored == null ? null : map(name, identity, stored);
    }

    /// Returns an index that is there and was built so, or null.
    private @Nullable OpenIndex find(String name, IndexIdentity identity, IndexSettings settings) {
        OpenIndex there = find(name, identity);
        if (there == null || IndexFacts.fits(there.bytes(), settings)) {
            return there;
        }
        there.release();
        return null;
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

    /// Returns an index, built where it is not there yet, counted for the caller. Whoever asks
    /// while it is built waits, and shares the outcome.
    public OpenIndex obtain(
            IndexIdentity identity,
            IndexSettings settings,
            PointTable table,
            BuildProgress progress) {
        String name = IndexName.of(identity);
        while (true) {
            OpenIndex there = find(name, identity, settings);
            if (there != null) {
                return there;
            }
            IndexBuild mine =
                    builds.make(request(identity, settings), identity.generation(), progress);
            IndexBuild serving = builds.enter(name, mine);
            if (serving == mine) {
                return carryOut(mine, identity, table, progress);
            }
            serving.join();
        }
    }

    /// Has an index built in the background, and returns at once: the build that is under way or
    /// waits already where it is of such settings; the build is over when the index is there. One
    /// of other settings waits for those before it, and replaces what they built.
    ///
    /// @param table closed by the build when it is over
    public IndexBuild start(IndexIdentity identity, IndexSettings settings, PointTable table) {
        String name = IndexName.of(identity);
        BuildProgress progress = new BuildProgress();
        IndexBuild mine = builds.make(request(identity, settings), identity.generation(), progress);
        IndexBuild serving = null;
        try {
            OpenIndex there = builds.isBuilding(name) ? null : find(name, identity, settings);
            if (there != null) {
                there.release();
                mine.finish();
                builds.remember(mine);
                return mine;
            }
            serving = builds.enter(name, mine, () -> inBackground(mine, identity, table, progress));
            return serving;
        } finally {
            if (serving != mine) {
                table.close();
            }
        }
    }

    private void inBackground(
            IndexBuild build, IndexIdentity identity, PointTable table, BuildProgress progress) {
        try (table) {
            carryOut(build, identity, table, progress).release();
        } catch (ShelfException failure) {
            LOGGER.log(
                    Level.INFO,
                    "vector index is not built: table="
                            + identity.table()
                            + ", reason="
                            + failure.getMessage());
        }
    }

    private static BuildRequest request(IndexIdentity identity, IndexSettings settings) {
        return new BuildRequest(
                identity.table(), identity.columns(), identity.metric(), identity.kind(), settings);
    }

    private OpenIndex carryOut(
            IndexBuild build, IndexIdentity identity, PointTable table, BuildProgress progress) {
        String name = IndexName.of(identity);
        try {
            builds.awaitTurn(name, build);
            if (!build.begin()) {
                build.join();
            }
            OpenIndex made = make(name, identity, build.request().settings(), table, progress);
            build.finish();
            return made;
        } catch (RuntimeException | Error failure) {
            build.fail(failure);
            throw failure;
        } finally {
            builds.leave(name, build);
        }
    }

    private OpenIndex make(
            String name,
            IndexIdentity identity,
            IndexSettings settings,
            PointTable table,
            BuildProgress progress) {
        OpenIndex there = find(name, identity, settings);
        if (there != null) {
            return there;
        }
        if (!stores) {
            OpenIndex built = factory.inScratch(identity, settings, table, progress);
            cache.drop(name::equals);
            return cache.keep(name, built);
        }
        factory.onShelf(identity, settings, table, host, name, progress);
        // one that was built otherwise served until now
        known.remove(name);
        cache.drop(name::equals);
        OpenIndex built = find(name, identity);
        if (built == null) {
            throw new ShelfException(
                    ErrorCode.NOT_FOUND, "index is gone already: table=" + identity.table());
        }
        return built;
    }

    /// Returns the builds of this process, the oldest first; those that are over for a while.
    public List<IndexBuild> builds() {
        return builds.all();
    }

    /// Returns a build, or null when there was none or it is forgotten.
    public @Nullable IndexBuild build(long id) {
        return builds.find(id);
    }

    /// Returns whether a build is not over.
    public boolean isBuilding() {
        return !builds.running().isEmpty();
    }

    /// Returns facts about all stored indexes.
    public List<IndexInfo> list() {
        List<String> names = host.internalNames().stream().filter(IndexName::isOne).toList();
        known.keySet().retainAll(names);
        List<IndexInfo> found = new ArrayList<>();
        for (String name : names) {
            IndexInfo info = known.computeIfAbsent(name, this::info);
            if (info != null) {
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

    /// Drops the stored indexes of generations that are no longer there, lets go of such ones, and
    /// ends the builds of such in the background.
    public void dropStale() {
        for (IndexBuild build : builds.running()) {
            if (build.isInBackground() && !isThere(build.request().table(), build.generation())) {
                build.cancel("the table was replaced or deleted");
            }
        }
        for (IndexInfo info : list()) {
            if (!isThere(info.table(), info.generation())) {
                drop(IndexName.of(IndexFacts.identity(info)));
            }
        }
        cache.drop(name -> {
            try (ShelfTable stored = host.find(name)) {
                return stores && stored == null;
            }
        });
    }

    private boolean isThere(String name, long generation) {
        try (ShelfTable table = host.find(name)) {
            return table != null && table.generation() == generation;
        }
    }

    @Override
    public void close() {
        builds.close();
        cache.close();
    }
}
