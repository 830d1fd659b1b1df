package dev.arrowshelf.store.spill;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Gives frames that lanes finish in any order their places in a file, in their own order.
///
/// Thread-safe. Every number is asked for once, from 0 on, and a lane that fails says so, or others
/// would wait for its place.
final class Turns {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private int next;

    @GuardedBy("lock")
    private long end;

    @GuardedBy("lock")
    private boolean failed;

    /// Waits until all earlier frames have their places, and returns this one's; -1 after a
    /// failure.
    long place(int number, long bytes) {
        lock.lock();
        try {
            while (next != number && !failed) {
                changed.awaitUninterruptibly();
            }
            if (failed) {
                return -1;
            }
            long place = end;
            end += bytes;
            next++;
            changed.signalAll();
            return place;
        } finally {
            lock.unlock();
        }
    }

    /// Sends all who wait away.
    void fail() {
        lock.lock();
        try {
            failed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
