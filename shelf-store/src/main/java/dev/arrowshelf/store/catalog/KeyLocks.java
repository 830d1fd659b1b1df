package dev.arrowshelf.store.catalog;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/// Locks by key: what changes the table of a key holds that key's lock from its first file
/// operation to its last, so the order of generations is the order of publication. Several keys may
/// share a lock; nobody takes two but [#all], which takes each in order.
public final class KeyLocks {
    private static final int STRIPES = 64;

    private final List<ReentrantLock> stripes =
            Stream.generate(ReentrantLock::new).limit(STRIPES).toList();

    /// A lock that is held until closed.
    public interface Held extends AutoCloseable {
        @Override
        void close();
    }

    /// Waits for the lock of a key and takes it.
    public Held lock(TableKey key) {
        int hash = key.hashCode();
        ReentrantLock lock = stripes.get((hash ^ hash >>> 16) & STRIPES - 1);
        lock.lock();
        return lock::unlock;
    }

    /// Waits for all locks and takes them.
    public Held all() {
        stripes.forEach(ReentrantLock::lock);
        return () -> stripes.forEach(ReentrantLock::unlock);
    }
}
