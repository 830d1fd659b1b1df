package dev.arrowshelf.store.space;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.LeaseAnswer;
import dev.arrowshelf.memory.pool.RecycleAnswer;
import dev.arrowshelf.memory.pool.WarmPool;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Files that no table needs any more and that somebody may still have mapped, counted as unlinked
/// bytes until the kernel says that nobody has.
///
/// Thread-safe. The lock guards the list only: renames, leases and unlinks happen outside of it, on
/// a file that one thread has taken off the list.
public final class Graveyard {
    private static final Logger LOG = System.getLogger(Graveyard.class.getName());
    private static final long QUICK_BYTES = 1L << 20;

    private final MemoryLedger ledger;
    private final WarmPool pool;
    private final boolean leases;
    private final long poolCapBytes;
    private final Runnable wakeReaper;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Deque<Withdrawn> waiting = new ArrayDeque<>();

    /// What becomes of the pages once nobody has them mapped.
    public enum Fate {
        /// The pool may have them.
        REUSED,
        /// They are freed: a writer kept a mapping longer than it should.
        FREED
    }

    /// One file on its way out.
    ///
    /// @param place where it still has its name for readers; null when it is out of their reach
    /// @param dead its name in `tmp/`
    public record Withdrawn(@Nullable Path place, Path dead, long bytes, Fate fate) {}

    /// Describes a file that still has its name for readers.
    public static Withdrawn withdrawn(Path place, Path dead, long bytes) {
        return new Withdrawn(place, dead, bytes, Fate.REUSED);
    }

    /// @param leases whether the kernel can be asked who has a file mapped
    /// @param poolCapBytes most the pool holds; 0 when it is off
    public Graveyard(
            MemoryLedger ledger,
            WarmPool pool,
            boolean leases,
            long poolCapBytes,
            Runnable wakeReaper) {
        this.ledger = ledger;
        this.pool = pool;
        this.leases = leases;
        this.poolCapBytes = poolCapBytes;
        this.wakeReaper = wakeReaper;
    }

    /// Takes over a file that is out of reach and counted as unlinked already. Quick: what takes
    /// long is left to the reaper.
    public void add(Path dead, long bytes, Fate fate) {
        bury(new Withdrawn(null, dead, bytes, fate));
    }

    /// Renames a file out of the readers' reach and ends it when nobody has it mapped. Its bytes
    /// are counted as unlinked already.
    public void bury(Path place, Path dead, long bytes) {
        bury(new Withdrawn(place, dead, bytes, Fate.REUSED));
    }

    /// Leaves many files to the reaper, renames included. Their bytes are counted as unlinked
    /// already.
    public void buryLater(Collection<Withdrawn> files) {
        put(files);
        wakeReaper.run();
    }

    /// Does so with a file that was described.
    public void bury(Withdrawn file) {
        Withdrawn dead = rename(file);
        boolean quick = file.bytes() <= QUICK_BYTES || pool.bytes() + file.bytes() <= poolCapBytes;
        if (!quick) {
            put(List.of(dead));
            wakeReaper.run();
        } else if (!end(dead)) {
            put(List.of(dead));
        }
    }

    /// Looks at every file once more; returns whether any of them went.
    public boolean sweep() {
        int count = size();
        boolean progress = false;
        for (int i = 0; i < count; i++) {
            Withdrawn file = poll();
            if (file == null) {
                break;
            }
            Withdrawn dead = rename(file);
            if (end(dead)) {
                progress = true;
            } else {
                put(List.of(dead));
            }
        }
        return progress;
    }

    /// Returns how many files wait.
    public int size() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }

    /// Unlinks all that waits: the owner goes, and the memory is freed when the last reader goes.
    public void unlinkAll() {
        for (Withdrawn file = poll(); file != null; file = poll()) {
            unlink(rename(file).dead());
            ledger.free(file.bytes());
        }
    }

    private void put(Collection<Withdrawn> files) {
        lock.lock();
        try {
            waiting.addAll(files);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Withdrawn poll() {
        lock.lock();
        try {
            return waiting.poll();
        } finally {
            lock.unlock();
        }
    }

    /// Death before the rename: an orphan in `segments/`, found at start. After it: a dead file in
    /// `tmp/`, found at start.
    private Withdrawn rename(Withdrawn file) {
        if (file.place() == null) {
            return file;
        }
        try {
            Files.move(file.place(), file.dead(), StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException _) { // renamed before, or removed by hand
            return new Withdrawn(null, file.dead(), file.bytes(), file.fate());
        } catch (IOException failure) {
            LOG.log(
                    Level.WARNING,
                    "file cannot be renamed out of reach: path=" + file.place(),
                    failure);
            return file;
        }
        return new Withdrawn(null, file.dead(), file.bytes(), file.fate());
    }

    /// Tries to end a file; false when it has to wait.
    private boolean end(Withdrawn file) {
        if (file.place() != null) {
            return false;
        }
        Move toPool = new Move();
        boolean gone = false;
        try {
            gone =
                    switch (file.fate()) {
                        case REUSED -> pool.recycle(file.dead(), toPool) != RecycleAnswer.IN_USE;
                        case FREED -> unlinkWhenFree(file.dead());
                    };
        } catch (IOException failure) {
            LOG.log(Level.WARNING, "dead file cannot be looked at: path=" + file.dead(), failure);
        }
        if (gone) {
            ledger.free(file.bytes() - toPool.bytes);
        } else {
            ledger.addUnlinked(toPool.bytes); // the pool gave it back
        }
        return gone;
    }

    /// Bytes that the pool took over, counted as its own in one step.
    private final class Move implements LongConsumer {
        private long bytes;

        @Override
        public void accept(long moved) {
            ledger.pooled(moved);
            bytes = moved;
        }
    }

    private boolean unlinkWhenFree(Path dead) throws IOException {
        if (leases) {
            try (FileHandle file = FileHandle.openReadOnly(dead)) {
                if (file.tryWriteLease() != LeaseAnswer.GRANTED) {
                    return false;
                }
            } catch (NoSuchFileException _) { // removed by hand
                return true;
            }
        }
        Files.deleteIfExists(dead);
        return true;
    }

    private static void unlink(Path dead) {
        try {
            Files.deleteIfExists(dead);
        } catch (IOException failure) {
            LOG.log(Level.WARNING, "dead file cannot be removed: path=" + dead, failure);
        }
    }
}
