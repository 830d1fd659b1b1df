package dev.arrowshelf.store.evict;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.memory.HostMemory;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.model.EvictionOptions;
import dev.arrowshelf.store.space.MemoryLedger;
import dev.arrowshelf.store.space.RoomMaker;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// The thread that makes room: down to the low mark when the high one is passed, and for puts that
/// wait.
///
/// Thread-safe. No file is touched under its lock. Readers that hold a table without using it are
/// asked to let go, and get a moment to do so before the next round; whoever uses one keeps it, and
/// the next coldest table goes instead.
public final class Evictor implements RoomMaker, AutoCloseable {
    private static final Logger LOG = System.getLogger(Evictor.class.getName());
    private static final long ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(60);
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long JOIN_MILLIS = 10_000;

    private final EvictionOptions options;
    private final long waitNanos;
    private final MemoryLedger ledger;
    private final TableTracker tracker;
    private final Departures departures;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wanted = lock.newCondition();
    private final Condition progress = lock.newCondition();

    @GuardedBy("lock")
    private long waitingBytes;

    @GuardedBy("lock")
    private long steps;

    @GuardedBy("lock")
    private boolean kicked;

    @GuardedBy("lock")
    private boolean closed;

    /// @param waitFor how long a put waits for room
    public Evictor(
            EvictionOptions options,
            Duration waitFor,
            MemoryLedger ledger,
            TableTracker tracker,
            Departures departures) {
        this.options = options;
        this.waitNanos = waitFor.toNanos();
        this.ledger = ledger;
        this.tracker = tracker;
        this.departures = departures;
        this.thread = Thread.ofPlatform().name("shelf-evictor").daemon(true).unstarted(this::run);
    }

    /// Starts the thread, unless nothing ever has to leave.
    public void start() {
        if (options.mode() != EvictionMode.OFF) {
            thread.start();
        }
    }

    /// Has the thread look at the marks now.
    public void kick() {
        lock.lock();
        try {
            kicked = true;
            wanted.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean awaitRoom(long bytes, long mostNanos, BooleanSupplier attempt) {
        if (bytes > ledger.grantable() || waitNanos == 0) {
            return false;
        }
        long deadline = System.nanoTime() + Math.min(waitNanos, mostNanos);
        lock.lock();
        try {
            waitingBytes += bytes;
            wanted.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            while (true) {
                if (attempt.getAsBoolean()) {
                    return true;
                }
                if (!awaitProgress(deadline - System.nanoTime())) {
                    return attempt.getAsBoolean();
                }
            }
        } finally {
            lock.lock();
            try {
                waitingBytes -= bytes;
            } finally {
                lock.unlock();
            }
        }
    }

    /// Waits for a sign of room, or a moment; false when there is no more time.
    private boolean awaitProgress(long nanosLeft) {
        lock.lock();
        try {
            long left = Math.min(nanosLeft, ROUND_NANOS);
            long seen = steps;
            while (!closed && steps == seen && left > 0) {
                left = progress.awaitNanos(left);
            }
            return !closed && nanosLeft > 0;
        } catch (InterruptedException _) { // the put gives up, and its caller sees why
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        boolean soonAgain = false;
        while (awaitWork(soonAgain)) {
            try {
                soonAgain = round(need());
            } catch (RuntimeException failure) {
                LOG.log(Level.WARNING, "a round of eviction failed, the next one comes", failure);
            }
            signalProgress();
        }
    }

    /// Waits until there is something to do; false when it is over.
    ///
    /// @param soonAgain whether a moment is enough: readers were asked to let go
    private boolean awaitWork(boolean soonAgain) {
        lock.lock();
        try {
            long left = soonAgain || waitingBytes > 0 ? ROUND_NANOS : IDLE_NANOS;
            boolean pause = left == ROUND_NANOS;
            while (!closed && left > 0 && (pause || (!kicked && waitingBytes == 0))) {
                left = wanted.awaitNanos(left);
            }
            kicked = false;
            return !closed;
        } catch (InterruptedException _) { // as good as closed
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /// How many bytes have to leave.
    private long need() {
        long limit = ledger.grantable();
        long charged = ledger.charged() - Math.min(ledger.unlinked(), departures.leavingBytes());
        long waiting;
        lock.lock();
        try {
            waiting = waitingBytes;
        } finally {
            lock.unlock();
        }
        long need = 0;
        if (charged + waiting > (long) (limit * options.highWater())) {
            need = charged + waiting - (long) (limit * options.lowWater());
        }
        long reserve = options.hostReserve().bytes();
        if (reserve > 0) {
            need = Math.max(need, reserve - HostMemory.availableBytes());
        }
        return Math.min(need, charged);
    }

    /// Sends the coldest tables away; returns whether it is worth while to look again in a moment.
    private boolean round(long need) {
        if (need <= 0) {
            return false;
        }
        tracker.absorbUses();
        List<TableTracker.Tracked> order = tracker.coldestFirst();
        long freed = 0;
        long asked = 0;
        Iterator<TableTracker.Tracked> next = order.iterator();
        while (freed < need && asked < need && next.hasNext() && !isClosed()) {
            TableTracker.Tracked table = next.next();
            Departures.Outcome outcome = departures.send(table, need - freed);
            freed += outcome.freedBytes();
            asked += outcome.pinnedBytes();
            if (outcome.freedBytes() > 0) {
                signalProgress();
            }
        }
        return asked > 0;
    }

    private void signalProgress() {
        lock.lock();
        try {
            steps++;
            progress.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            wanted.signalAll();
            progress.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            if (thread.isAlive()) {
                thread.join(JOIN_MILLIS);
            }
        } catch (InterruptedException _) { // the caller's next wait sees it
            Thread.currentThread().interrupt();
        }
    }
}
