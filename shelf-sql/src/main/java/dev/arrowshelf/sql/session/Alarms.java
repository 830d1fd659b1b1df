package dev.arrowshelf.sql.session;

import java.time.Duration;
import java.util.Comparator;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Things to be done at a time unless they are called off before.
///
/// Thread-safe. Owns the thread that does them until [#close()]; what is done is short. Setting an
/// alarm wakes that thread only when it would come too late: nearly all are called off, and a query
/// that takes a fraction of a millisecond shall not wait for a second thread.
final class Alarms implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Alarms.class.getName());

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition sooner = lock.newCondition();
    private final TreeSet<Alarm> set =
            new TreeSet<>(
                    Comparator.comparingLong(Alarm::sinceStart).thenComparingLong(Alarm::number));
    private final long startNanos = System.nanoTime();
    private long numbers;
    private long wakesAt = Long.MAX_VALUE;
    private boolean closed;

    Alarms(String name) {
        Thread.ofPlatform().daemon().name(name).start(this::run);
    }

    /// An alarm that was set.
    ///
    /// @param sinceStart when it is due, in nanoseconds since these alarms were made
    /// @param number tells alarms of the same time apart
    /// @param action what is done then
    record Alarm(long sinceStart, long number, Runnable action) {}

    /// Sets an alarm.
    Alarm in(Duration delay, Runnable action) {
        lock.lock();
        try {
            Alarm alarm = new Alarm(now() + delay.toNanos(), numbers++, action);
            set.add(alarm);
            if (alarm.sinceStart() < wakesAt) {
                wakesAt = alarm.sinceStart();
                sooner.signal();
            }
            return alarm;
        } finally {
            lock.unlock();
        }
    }

    /// Calls an alarm off, if there is still time.
    void callOff(Alarm alarm) {
        lock.lock();
        try {
            set.remove(alarm);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            sooner.signal();
        } finally {
            lock.unlock();
        }
    }

    private long now() {
        return System.nanoTime() - startNanos;
    }

    private void run() {
        for (Alarm due = next(); due != null; due = next()) {
            try {
                due.action().run();
            } catch (Throwable failure) {
                LOG.log(System.Logger.Level.WARNING, "an alarm failed", failure);
            }
        }
    }

    /// Waits for the next alarm that is due; null at the end.
    private @Nullable Alarm next() {
        lock.lock();
        try {
            while (!closed) {
                wakesAt = set.isEmpty() ? Long.MAX_VALUE : set.first().sinceStart();
                long left = wakesAt - now();
                if (left <= 0) {
                    return set.pollFirst();
                }
                sooner.await(left, TimeUnit.NANOSECONDS);
            }
            return null;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return null;
        } finally {
            lock.unlock();
        }
    }
}
