package dev.arrowshelf.redis.read;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A few threads that take the same stream, and can do something one after the other, in the order
/// in which they got it. The first that fails ends the others.
///
/// Thread-safe.
final class Takers {
    private static final int MOST_THREADS = 4;

    private long turn;
    private @Nullable Throwable failure;

    /// What each of them does.
    @FunctionalInterface
    interface Work {
        /// Takes until nothing is left, or until told to stop.
        void take() throws IOException;
    }

    /// Ends a thread whose work is of no use any more.
    private static final class StoppedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        StoppedException() {
            super("another thread has failed", null, false, false);
        }
    }

    /// Returns when all have ended.
    ///
    /// @throws ShelfException what one of them threw, or UNAVAILABLE when the caller is interrupted
    void run(Work work) throws IOException {
        int threads = Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
        try (ExecutorService workers =
                Executors.newFixedThreadPool(
                        threads, Thread.ofPlatform().daemon().name("redis-take-", 0).factory())) {
            var running =
                    IntStream.range(0, threads)
                            .<Future<?>>mapToObj(_ -> workers.submit(() -> guarded(work)))
                            .toList();
            for (Future<?> each : running) {
                each.get();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            fail(new ShelfException(ErrorCode.UNAVAILABLE, "interrupted while reading"));
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
        rethrow();
    }

    private void guarded(Work work) {
        try {
            work.take();
        } catch (StoppedException _) {
            // what happened is known already
        } catch (Throwable any) { // told to the caller
            fail(any);
        }
    }

    /// Ends the calling thread when another one has failed.
    synchronized void check() {
        if (failure != null) {
            throw new StoppedException();
        }
    }

    /// Does something when all with smaller numbers have done theirs.
    synchronized <T> T inTurn(long number, Supplier<T> action) {
        boolean interrupted = false;
        while (turn != number) {
            check();
            try {
                wait();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        check();
        T result = action.get();
        turn++;
        notifyAll();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return result;
    }

    private synchronized void fail(Throwable any) {
        if (failure == null) {
            failure = any;
        }
        notifyAll();
    }

    private synchronized void rethrow() throws IOException {
        switch (failure) {
            case null -> {}
            case IOException io -> throw io;
            case RuntimeException known -> throw known;
            case Error error -> throw error;
            default -> throw new IllegalStateException(failure);
        }
    }
}
