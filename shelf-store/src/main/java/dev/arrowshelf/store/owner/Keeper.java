package dev.arrowshelf.store.owner;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;

/// The thread that looks after a shelf: about once a second, and sooner when it is woken or files
/// wait for their readers.
///
/// `close` ends it within the round under way and waits for that.
final class Keeper implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Keeper.class.getName());
    private static final long BEAT_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long SHORTEST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long JOIN_MILLIS = 10_000;

    private final Rounds rounds;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition woken = lock.newCondition();

    @GuardedBy("lock")
    private boolean wanted;

    @GuardedBy("lock")
    private boolean closed;

    /// What the thread does.
    interface Rounds {
        /// Looks at files that wait for their readers; returns how many still wait.
        int reap();

        /// Does what is due about once a second.
        void beat();
    }

    Keeper(Rounds rounds) {
        this.rounds = rounds;
        this.thread = Thread.ofPlatform().name("shelf-keeper").daemon(true).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// Has the thread reap now.
    void wake() {
        lock.lock();
        try {
            wanted = true;
            woken.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        long pause = SHORTEST_NANOS;
        long nextBeat = System.nanoTime();
        int before = 0;
        while (true) {
            int waiting = guarded(rounds::reap, before);
            pause =
                    waiting < before || waiting == 0
                            ? SHORTEST_NANOS
                            : Math.min(2 * pause, BEAT_NANOS);
            before = waiting;
            long now = System.nanoTime();
            if (nextBeat - now <= 0) {
                guarded(
                        () -> {
                            rounds.beat();
                            return 0;
                        },
                        0);
                nextBeat = now + BEAT_NANOS;
            }
            long rest = nextBeat - System.nanoTime();
            if (!await(waiting == 0 ? rest : Math.min(rest, pause))) {
                return;
            }
        }
    }

    private static int guarded(IntSupplier work, int otherwise) {
        try {
            return work.getAsInt();
        } catch (RuntimeException failure) {
            LOG.log(
                    Level.WARNING,
                    "a round of the shelf's keeper failed, the next one comes",
                    failure);
            return otherwise;
        }
    }

    /// Waits until it is woken or that long; false when it is closed.
    private boolean await(long nanos) {
        lock.lock();
        try {
            long left = nanos;
            while (!closed && !wanted && left > 0) {
                left = woken.awaitNanos(left);
            }
            wanted = false;
            return !closed;
        } catch (InterruptedException _) { // as good as closed
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            woken.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(JOIN_MILLIS);
            if (thread.isAlive()) {
                LOG.log(Level.WARNING, "the shelf''s keeper does not end: millis={0}", JOIN_MILLIS);
            }
        } catch (InterruptedException _) { // the caller's next wait sees it
            Thread.currentThread().interrupt();
        }
    }
}
