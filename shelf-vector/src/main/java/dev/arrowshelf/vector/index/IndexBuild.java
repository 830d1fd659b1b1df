package dev.arrowshelf.vector.index;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.model.BuildRequest;
import dev.arrowshelf.vector.model.BuildState;
import dev.arrowshelf.vector.model.BuildState.Stage;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One build of an index: waiting for its turn, running, or over.
///
/// Thread rule: every method from any thread; one thread carries it out.
public final class IndexBuild {
    private final long id;
    private final BuildRequest request;
    private final long generation;
    private final BuildProgress progress;
    private final long beginNanos = System.nanoTime();
    private final CountDownLatch over = new CountDownLatch(1);

    private volatile boolean inBackground;

    @GuardedBy("this")
    private Stage stage = Stage.WAITING;

    @GuardedBy("this")
    private @Nullable ShelfException failure;

    @GuardedBy("this")
    private long endNanos;

    IndexBuild(long id, BuildRequest request, long generation, BuildProgress progress) {
        this.id = id;
        this.request = request;
        this.generation = generation;
        this.progress = progress;
    }

    /// Returns its number, for as long as the process lives.
    public long id() {
        return id;
    }

    /// Returns what is built; its columns and kind are those that were found.
    public BuildRequest request() {
        return request;
    }

    /// Returns the generation of the table that it is for.
    public long generation() {
        return generation;
    }

    /// Returns how far it is.
    public synchronized BuildState state() {
        long end = isOver() ? endNanos : System.nanoTime();
        BuildState.Progress far =
                new BuildState.Progress(
                        progress.phase(),
                        stage == Stage.DONE ? 1 : progress.share(),
                        TimeUnit.NANOSECONDS.toMillis(end - beginNanos));
        return new BuildState(id, request, generation, stage, far, failure);
    }

    /// Ends it at its next step, or at once when it has not begun; returns whether it was not over
    /// yet. It fails with `CANCELLED`, and leaves nothing.
    public boolean cancel() {
        return cancel("asked for");
    }

    synchronized boolean cancel(String why) {
        if (isOver()) {
            return false;
        }
        progress.cancel(why);
        if (stage == Stage.WAITING) {
            end(Stage.FAILED, progress.cancelled(why));
        }
        return true;
    }

    /// Waits until it is over, at most so long; returns whether it is. Error: `CANCELLED` when the
    /// waiting thread is interrupted.
    public boolean await(Duration most) {
        try {
            return over.await(most.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new ShelfException(
                    ErrorCode.CANCELLED, "wait for an index build was interrupted: build=" + id);
        }
    }

    /// Waits until it is over. Errors: why it failed; `CANCELLED` when the thread is interrupted.
    void join() {
        await(Duration.ofNanos(Long.MAX_VALUE));
        synchronized (this) {
            if (failure != null) {
                throw new ShelfException(
                        failure.code(), String.valueOf(failure.getMessage()), failure);
            }
        }
    }

    /// No search waits for it: it may be ended when its table is gone.
    void nobodyWaits() {
        inBackground = true;
    }

    boolean isInBackground() {
        return inBackground;
    }

    /// Returns whether it may run now; false when it was cancelled before.
    synchronized boolean begin() {
        if (stage == Stage.WAITING) {
            stage = Stage.RUNNING;
        }
        return stage == Stage.RUNNING;
    }

    synchronized void finish() {
        end(Stage.DONE, null);
    }

    synchronized void fail(Throwable thrown) {
        end(
                Stage.FAILED,
                thrown instanceof ShelfException typed
                        ? typed
                        : new ShelfException(
                                thrown instanceof OutOfMemoryError
                                        ? ErrorCode.OUT_OF_MEMORY
                                        : ErrorCode.INTERNAL,
                                "index build failed: error=" + thrown,
                                thrown));
    }

    @GuardedBy("this")
    private boolean isOver() {
        return stage == Stage.DONE || stage == Stage.FAILED;
    }

    @GuardedBy("this")
    private void end(Stage last, @Nullable ShelfException why) {
        if (!isOver()) {
            stage = last;
            failure = why;
            endNanos = System.nanoTime();
            over.countDown();
        }
    }
}
