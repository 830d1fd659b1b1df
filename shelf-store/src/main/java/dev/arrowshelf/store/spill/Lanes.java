package dev.arrowshelf.store.spill;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A job of many pieces on a few threads that live as long as the job: the caller's and at most
/// three more.
///
/// Each lane takes the next piece when it has done one, so memory is bounded by what a lane needs.
/// When one fails, the others end after their piece, and the caller sees the failure.
public final class Lanes {
    private static final int MOST = Math.min(4, Runtime.getRuntime().availableProcessors());
    private static final int PIECES_OF_A_LANE = 2;

    private Lanes() {}

    /// One thread's part of a job.
    @FunctionalInterface
    public interface Lane {
        /// Does pieces until there are none left.
        void run(Pieces next) throws IOException;
    }

    /// Hands out the numbers of pieces, ascending; one past the last when there are none left.
    @FunctionalInterface
    public interface Pieces {
        int get();
    }

    /// Runs a job and returns when all its pieces are done.
    public static void run(int pieces, Lane lane) throws IOException {
        AtomicInteger taken = new AtomicInteger();
        Pieces next = () -> taken.getAndUpdate(number -> Math.min(number + 1, pieces));
        int others = Math.min(MOST, pieces / PIECES_OF_A_LANE) - 1;
        if (others <= 0) {
            lane.run(next);
            return;
        }
        List<Future<@Nullable Void>> running = new ArrayList<>();
        Runnable end = () -> taken.set(pieces);
        try (ExecutorService threads =
                Executors.newThreadPerTaskExecutor(
                        Thread.ofPlatform().name("shelf-lane-", 0).daemon(true).factory())) {
            for (int i = 0; i < others; i++) {
                running.add(threads.submit(() -> guarded(lane, next, end)));
            }
            guarded(lane, next, end);
        } // waits for all
        for (Future<@Nullable Void> each : running) {
            rethrow(each);
        }
    }

    /// Runs a job that does no I/O.
    static void runUnchecked(int pieces, Lane lane) {
        try {
            run(pieces, lane);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static @Nullable Void guarded(Lane lane, Pieces next, Runnable end) throws IOException {
        boolean done = false;
        try {
            lane.run(next);
            done = true;
        } finally {
            if (!done) {
                end.run();
            }
        }
        return null;
    }

    private static void rethrow(Future<@Nullable Void> done) throws IOException {
        try {
            done.get();
        } catch (InterruptedException _) { // it is done already
            Thread.currentThread().interrupt();
        } catch (ExecutionException failure) {
            switch (failure.getCause()) {
                case IOException expected -> throw expected;
                case RuntimeException unexpected -> throw unexpected;
                case Error error -> throw error;
                case null, default -> throw new IllegalStateException(failure);
            }
        }
    }
}
