package dev.arrowshelf.vector.index;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.model.BuildRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The builds of this process. Those of one index stand in a row, each of other settings than those
/// before it, and are carried out in that order; those in the background go one after the other on
/// a thread of their own. Builds that are over are remembered for a while.
///
/// A build enters its row and the background's at one moment: so whatever it waits for comes before
/// it in both, and they never wait for each other.
///
/// Thread-safe. Owns the thread until [#close()], which cancels what is not over.
final class IndexBuilds implements AutoCloseable {
    private static final int MOST_REMEMBERED = 64;
    private static final long IDLE_SECONDS = 2;
    private static final long CLOSE_SECONDS = 10;
    private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

    private final ThreadPoolExecutor background =
            new ThreadPoolExecutor(
                    1,
                    1,
                    IDLE_SECONDS,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(),
                    Thread.ofPlatform().daemon().name("shelf-index-build").factory());

    @GuardedBy("this")
    private final Map<String, List<IndexBuild>> rows = new HashMap<>();

    @GuardedBy("this")
    private final Map<Long, IndexBuild> known = new LinkedHashMap<>();

    @GuardedBy("this")
    private long lastId;

    @GuardedBy("this")
    private boolean closed;

    /// @param firstId the numbers of builds begin after it; another in each process, so that an old
    ///   number is none of a later one
    IndexBuilds(long firstId) {
        this.lastId = firstId;
        background.allowCoreThreadTimeOut(true);
    }

    /// Makes a build that nobody knows yet.
    synchronized IndexBuild make(BuildRequest request, long generation, BuildProgress progress) {
        return new IndexBuild(++lastId, request, generation, progress);
    }

    /// Lets a build wait for its turn, unless one that is not over serves as well; returns the one
    /// that serves now. One that was cancelled before its turn is over, and here until then.
    synchronized IndexBuild enter(String name, IndexBuild build) {
        checkOpen();
        List<IndexBuild> row = rows.computeIfAbsent(name, _ -> new ArrayList<>());
        for (IndexBuild there : row) {
            boolean serves = there.request().settings().serve(build.request().settings());
            if (serves && !there.state().isOver()) {
                return there;
            }
        }
        row.add(build);
        known.put(build.id(), build);
        return build;
    }

    /// The same for a build in the background, which is carried out when it is its turn.
    synchronized IndexBuild enter(String name, IndexBuild build, Runnable work) {
        IndexBuild serving = enter(name, build);
        if (serving == build) {
            build.nobodyWaits();
            background.execute(work);
        }
        return serving;
    }

    /// Returns whether a build of an index is not over.
    synchronized boolean isBuilding(String name) {
        return rows.getOrDefault(name, List.of()).stream()
                .anyMatch(build -> !build.state().isOver());
    }

    /// Remembers a build that had nothing to do.
    synchronized void remember(IndexBuild over) {
        checkOpen();
        known.put(over.id(), over);
        forgetTheOldest();
    }

    /// Waits until the builds of the index that came before are over, however they ended. Error:
    /// `CANCELLED` when the thread is interrupted.
    void awaitTurn(String name, IndexBuild build) {
        for (IndexBuild before : before(name, build)) {
            before.await(FOREVER);
        }
    }

    private synchronized List<IndexBuild> before(String name, IndexBuild build) {
        List<IndexBuild> row = rows.getOrDefault(name, List.of());
        return List.copyOf(row.subList(0, Math.max(0, row.indexOf(build))));
    }

    /// The build of an index is over.
    synchronized void leave(String name, IndexBuild build) {
        List<IndexBuild> row = rows.get(name);
        if (row != null && row.remove(build) && row.isEmpty()) {
            rows.remove(name);
        }
        forgetTheOldest();
    }

    @GuardedBy("this")
    private void forgetTheOldest() {
        int surplus = known.size() - MOST_REMEMBERED;
        if (surplus > 0) {
            known.values().removeIf(new OldestOver(surplus));
        }
    }

    @GuardedBy("this")
    private void checkOpen() {
        if (closed) {
            throw new ShelfException(ErrorCode.CLOSED, "vector search is closed");
        }
    }

    /// Returns a build that is not forgotten, or null.
    synchronized @Nullable IndexBuild find(long id) {
        return known.get(id);
    }

    /// Returns all builds that are not forgotten, the oldest first.
    synchronized List<IndexBuild> all() {
        return List.copyOf(known.values());
    }

    /// Returns those that are not over.
    synchronized List<IndexBuild> running() {
        return rows.values().stream()
                .flatMap(List::stream)
                .filter(build -> !build.state().isOver())
                .toList();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        running().forEach(build -> build.cancel("vector search is closed"));
        background.shutdown();
        try {
            if (!background.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                background.shutdownNow();
            }
        } catch (InterruptedException _) {
            background.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    /// Fits so many builds that are over, the first ones that it is asked about.
    private static final class OldestOver implements Predicate<IndexBuild> {
        private int left;

        OldestOver(int left) {
            this.left = left;
        }

        @Override
        public boolean test(IndexBuild build) {
            return build.state().isOver() && left-- > 0;
        }
    }
}
