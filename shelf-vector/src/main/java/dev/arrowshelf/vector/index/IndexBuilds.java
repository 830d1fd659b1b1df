package dev.arrowshelf.vector.index;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.model.BuildRequest;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The builds of this process: at most one of an index at a time, those in the background one after
/// the other on a thread of their own. Builds that are over are remembered for a while.
///
/// Thread-safe. Owns the thread until [#close()], which cancels what is not over.
final class IndexBuilds implements AutoCloseable {
    private static final int MOST_REMEMBERED = 64;
    private static final long IDLE_SECONDS = 2;
    private static final long CLOSE_SECONDS = 10;

    private final ThreadPoolExecutor background =
            new ThreadPoolExecutor(
                    1,
                    1,
                    IDLE_SECONDS,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(),
                    Thread.ofPlatform().daemon().name("shelf-index-build").factory());

    @GuardedBy("this")
    private final Map<String, IndexBuild> current = new HashMap<>();

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

    /// Makes a build the one of its index, unless there is one that is not over; returns the one
    /// that it is now. One that was cancelled before its turn is over, and here until then.
    synchronized IndexBuild enter(String name, IndexBuild build) {
        if (closed) {
            throw new ShelfException(ErrorCode.CLOSED, "vector search is closed");
        }
        IndexBuild there = current.get(name);
        if (there != null && !there.state().isOver()) {
            return there;
        }
        current.put(name, build);
        known.put(build.id(), build);
        return build;
    }

    /// The build of an index is over.
    synchronized void leave(String name, IndexBuild build) {
        current.remove(name, build);
        int surplus = known.size() - MOST_REMEMBERED;
        if (surplus > 0) {
            known.values().removeIf(new OldestOver(surplus));
        }
    }

    /// Has a build carried out when it is its turn.
    void inBackground(IndexBuild build, Runnable work) {
        build.nobodyWaits();
        background.execute(work);
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
        return current.values().stream().filter(build -> !build.state().isOver()).toList();
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
