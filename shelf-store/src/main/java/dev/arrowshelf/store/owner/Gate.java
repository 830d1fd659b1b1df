package dev.arrowshelf.store.owner;

import dev.arrowshelf.store.space.Failures;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// Lets calls in until the shelf is closed, and lets closing wait for those that are inside.
/// Thread-safe.
final class Gate {
    private final Path directory;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private volatile boolean closed;

    Gate(Path directory) {
        this.directory = directory;
    }

    /// A call that is inside until closed.
    interface Passage extends AutoCloseable {
        @Override
        void close();
    }

    /// @throws dev.arrowshelf.store.model.ShelfException `CLOSED`
    Passage enter() {
        lock.readLock().lock();
        if (closed) {
            lock.readLock().unlock();
            throw Failures.closed(directory);
        }
        return lock.readLock()::unlock;
    }

    /// Lets nobody in any more; false when it was closed before.
    boolean close() {
        synchronized (this) {
            boolean first = !closed;
            closed = true;
            return first;
        }
    }

    /// Waits until everybody has left; false when somebody stays longer than that.
    boolean awaitEmpty(long timeout, TimeUnit unit) {
        try {
            if (!lock.writeLock().tryLock(timeout, unit)) {
                return false;
            }
            lock.writeLock().unlock();
            return true;
        } catch (InterruptedException _) { // the caller's next wait sees it
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
