package dev.arrowshelf.memory.pool;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.HugePages;
import dev.arrowshelf.memory.LeaseAnswer;
import dev.arrowshelf.memory.LeasedFileException;
import dev.arrowshelf.memory.Region;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Makes the pages of sealed segments huge that were written cold: one page at a time, while nobody
/// reads the file.
///
/// Thread-safe. A file that is being read is looked at again later, for a while, and then left as
/// it is. `close` stops after the step under way; nothing is lost but speed.
public final class CollapseQueue implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(CollapseQueue.class.getName());
    private static final long RETRY_NANOS = 1_000_000_000;
    private static final int MOST_ROUNDS = 60;
    private static final int MOST_FILES = 4_096;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final PriorityQueue<Work> waiting =
            new PriorityQueue<>((a, b) -> Long.signum(a.dueNanos() - b.dueNanos()));

    private final Thread thread;

    @GuardedBy("lock")
    private boolean working;

    @GuardedBy("lock")
    private boolean closed;

    private CollapseQueue() {
        this.thread = Thread.ofPlatform().name("shelf-collapse").daemon(true).unstarted(this::run);
    }

    /// A queue with its thread running.
    public static CollapseQueue open() {
        CollapseQueue queue = new CollapseQueue();
        queue.thread.start();
        return queue;
    }

    /// Asks for a file's pages to become huge; a full queue forgets it.
    public void submit(Path sealed) {
        lock.lock();
        try {
            if (!closed && waiting.size() < MOST_FILES) {
                waiting.add(new Work(sealed, 0, System.nanoTime()));
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /// How many files wait or are worked on.
    public int size() {
        lock.lock();
        try {
            return waiting.size() + (working ? 1 : 0);
        } finally {
            lock.unlock();
        }
    }

    /// Ends the thread and waits for it; the second call does nothing.
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            waiting.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) { // it ends within a step
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        for (Optional<Work> work = next(); work.isPresent(); work = next()) {
            boolean again = false;
            try {
                again = !collapse(work.get().path()) && work.get().round() < MOST_ROUNDS;
            } catch (NoSuchFileException _) { // withdrawn meanwhile
            } catch (IOException | RuntimeException failure) {
                LOG.log(Level.DEBUG, "pages stay small: path=" + work.get().path(), failure);
            } finally {
                done(work.get(), again);
            }
        }
    }

    /// Collapses one file; false when somebody reads it.
    private boolean collapse(Path path) throws IOException {
        try (FileHandle file = FileHandle.openReadOnly(path)) {
            long bytes = file.size();
            long page = HugePages.pageBytes();
            for (long at = 0; at + page <= bytes; at += page) {
                if (file.tryWriteLease() == LeaseAnswer.IN_USE) {
                    return false;
                }
                long begin = System.nanoTime();
                try (Region region = Region.mapReadOnly(file, bytes)) {
                    HugePages.collapse(region, at, page);
                }
                if (!rest(System.nanoTime() - begin)) {
                    return true;
                }
            }
            return true;
        } catch (LeasedFileException _) { // its owner is asking the same question
            return false;
        }
    }

    /// Rests as long as the step took; false when the queue was closed.
    private boolean rest(long nanos) {
        lock.lock();
        try {
            long left = nanos;
            while (!closed && left > 0) {
                left = changed.awaitNanos(left);
            }
            return !closed;
        } catch (InterruptedException _) { // as good as closed
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    private Optional<Work> next() {
        lock.lock();
        try {
            while (!closed) {
                Work first = waiting.peek();
                if (first == null) {
                    changed.await();
                } else if (first.dueNanos() - System.nanoTime() <= 0) {
                    working = true;
                    return Optional.of(waiting.remove());
                } else {
                    changed.awaitNanos(first.dueNanos() - System.nanoTime());
                }
            }
            return Optional.empty();
        } catch (InterruptedException _) { // as good as closed
            Thread.currentThread().interrupt();
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    private void done(Work work, boolean again) {
        lock.lock();
        try {
            working = false;
            if (again && !closed) {
                waiting.add(
                        new Work(work.path(), work.round() + 1, System.nanoTime() + RETRY_NANOS));
            }
        } finally {
            lock.unlock();
        }
    }

    private record Work(Path path, int round, long dueNanos) {}
}
