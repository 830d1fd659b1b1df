package dev.arrowshelf.memory.control;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// A shelf directory's control block, whichever file has the name at the moment.
///
/// Thread-safe; the usual [#current] is one load. The view owns the readers it hands out: one stays
/// open for a while after it was superseded, so that calls under way can end. After `close` they
/// all throw [IllegalStateException].
public final class ControlView implements AutoCloseable {
    private static final int RETIRED_KEPT = 2;

    private final Path directory;
    private final InstantSource clock;

    @GuardedBy("this")
    private final Deque<ControlReader> retired = new ArrayDeque<>();

    private volatile @Nullable ControlReader reader;

    @GuardedBy("this")
    private boolean closed;

    private ControlView(Path directory, InstantSource clock) {
        this.directory = directory;
        this.clock = clock;
    }

    /// Opens the directory's control block.
    ///
    /// @throws java.nio.file.NoSuchFileException when there is no shelf
    public static ControlView open(Path directory) throws IOException {
        return open(directory, InstantSource.system());
    }

    static ControlView open(Path directory, InstantSource clock) throws IOException {
        ControlView view = new ControlView(directory, clock);
        try {
            view.current();
            return view;
        } catch (Throwable failure) {
            view.close();
            throw failure;
        }
    }

    /// The reader of the block that is true now; ask again for each operation.
    ///
    /// Where a dead owner left a superseded block without a successor, that block is what there is.
    public ControlReader current() throws IOException {
        ControlReader now = reader;
        if (now != null && !now.isSuperseded()) {
            return now;
        }
        return reopen();
    }

    /// Closes all readers; the second call does nothing.
    @Override
    public synchronized void close() {
        closed = true;
        ControlReader last = reader;
        if (last != null) {
            last.close();
        }
        while (!retired.isEmpty()) {
            retired.removeFirst().close();
        }
    }

    private synchronized ControlReader reopen() throws IOException {
        if (closed) {
            throw new IllegalStateException("view is closed: directory=" + directory);
        }
        ControlReader now = reader;
        if (now != null && !now.isSuperseded()) {
            return now; // another thread was faster
        }
        ControlReader next = ControlReader.open(directory, clock);
        Patience patience = new Patience("control file is superseded but not replaced", () -> true);
        try {
            while (next.isSuperseded() && next.ownerAlive() && patience.again()) {
                ControlReader later = ControlReader.open(directory, clock);
                next.close();
                next = later;
            }
        } catch (Throwable failure) {
            next.close();
            throw failure;
        }
        if (now != null && now.incarnation() == next.incarnation()) { // its owner is gone
            next.close();
            return now;
        }
        return replace(next);
    }

    @GuardedBy("this")
    private ControlReader replace(ControlReader next) {
        ControlReader before = reader;
        reader = next;
        if (before != null) {
            retired.addLast(before);
        }
        while (retired.size() > RETIRED_KEPT) {
            retired.removeFirst().close();
        }
        return next;
    }
}
