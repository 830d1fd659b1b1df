package dev.arrowshelf.vector.near;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.RecursiveAction;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// The threads of bulk searches and builds: as many as the limit says, the caller's among them.
///
/// Thread rule: safe for several callers. Memory rule: owns its threads until [#close()].
public final class Workers implements AutoCloseable {
    private static final long CLOSE_SECONDS = 10;

    private final int threads;
    private final ForkJoinPool pool;

    /// Makes threads as needed, at most `threads - 1` besides the caller's.
    public Workers(int threads) {
        if (threads < 1) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "threads out of range: threads=" + threads);
        }
        this.threads = threads;
        this.pool =
                new ForkJoinPool(
                        Math.max(1, threads - 1),
                        Workers::thread,
                        null,
                        false,
                        0,
                        Math.max(1, threads - 1),
                        1,
                        null,
                        2,
                        TimeUnit.SECONDS);
    }

    private static ForkJoinWorkerThread thread(ForkJoinPool pool) {
        ForkJoinWorkerThread thread =
                ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
        thread.setDaemon(true);
        thread.setName("shelf-vector-" + thread.getPoolIndex());
        return thread;
    }

    /// Returns how many threads work at once.
    public int threads() {
        return threads;
    }

    /// Cuts a range into blocks and has them done, the next block by whoever is free.
    ///
    /// @param scratch makes what each thread needs for itself
    /// @param watch told after each block; may end the work by an exception
    public <S> void forBlocks(
            long count, long block, Watch watch, Supplier<S> scratch, BlockTask<S> task) {
        AtomicLong next = new AtomicLong();
        Runnable lane =
                () -> {
                    S mine = scratch.get();
                    long from = next.getAndAdd(block);
                    while (from < count) {
                        long to = Math.min(count, from + block);
                        task.run(mine, from, to);
                        watch.done(to - from);
                        from = next.getAndAdd(block);
                    }
                };
        long lanes = Math.min(threads, (count + block - 1) / block);
        List<ForkJoinTask<?>> others = new ArrayList<>();
        for (long lane1 = 1; lane1 < lanes; lane1++) {
            others.add(pool.submit(lane));
        }
        RuntimeException failure = null;
        try {
            lane.run();
        } catch (RuntimeException own) {
            next.set(count);
            failure = own;
        }
        for (ForkJoinTask<?> other : others) {
            other.quietlyJoin();
            Throwable thrown = other.getException();
            if (thrown != null && failure == null) {
                failure =
                        thrown instanceof RuntimeException unchecked
                                ? unchecked
                                : new IllegalStateException(thrown);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /// Runs a task that forks others, and waits for all.
    public void fork(RecursiveAction root) {
        if (threads == 1) {
            root.invoke();
        } else {
            pool.invoke(root);
        }
    }

    /// Lets the threads end. Idempotent.
    @Override
    public void close() {
        pool.shutdown();
        try {
            if (!pool.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                pool.shutdownNow();
            }
        } catch (InterruptedException _) {
            pool.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    /// A part of the work.
    @FunctionalInterface
    public interface BlockTask<S> {
        /// Does the part from `from` to `to`.
        void run(S scratch, long from, long to);
    }

    /// Sees work being done.
    @FunctionalInterface
    public interface Watch {
        /// Sees nothing.
        Watch NONE = _ -> {};

        /// Told after a part was done; throws to end the work.
        void done(long count);
    }
}
