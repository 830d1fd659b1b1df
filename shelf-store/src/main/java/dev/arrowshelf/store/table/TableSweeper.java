package dev.arrowshelf.store.table;

import dev.arrowshelf.memory.control.ControlReader;
import dev.arrowshelf.memory.control.ControlView;
import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/// The thread that tells the owner of uses, and lets go of tables that were withdrawn, ten times a
/// second.
///
/// Thread-safe. [#close] has it end with its round.
final class TableSweeper implements AutoCloseable {
    private static final long SWEEP_NANOS = 100_000_000;

    private final ControlView view;
    private final TableCache cache;
    private final TableOpener opener;
    private final InstantSource clock;
    private final ConcurrentLinkedQueue<CachedTable> used = new ConcurrentLinkedQueue<>();
    private final Thread thread;
    private volatile long ticks = System.nanoTime();
    private volatile boolean closed;

    TableSweeper(ControlView view, TableCache cache, TableOpener opener, InstantSource clock) {
        this.view = view;
        this.cache = cache;
        this.opener = opener;
        this.clock = clock;
        this.thread = Thread.ofPlatform().daemon().name("shelf-readers").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// Notes a use of a table now.
    void use(CachedTable cached) {
        MappedTable table = cached.table();
        table.usedAt(ticks);
        if (table.use()) {
            used.add(cached);
        }
    }

    private void run() {
        ControlReader sweptControl = null;
        long sweptChanges = -1;
        while (!closed) {
            ticks = System.nanoTime();
            try {
                ControlReader control = view.current();
                stampUses(control);
                long changes = control.changes();
                if (control != sweptControl || changes != sweptChanges) {
                    cache.dropStale(control);
                    opener.forgetUnmappedSlabs();
                    sweptControl = control;
                    sweptChanges = changes;
                }
            } catch (IOException | IllegalStateException _) {
                // a busy catalogue is looked at again; a closed one ends the loop
            }
            LockSupport.parkNanos(SWEEP_NANOS);
        }
    }

    private void stampUses(ControlReader control) {
        long now = clock.millis();
        for (CachedTable cached = used.poll(); cached != null; cached = used.poll()) {
            if (!cached.stampUses(control, now)) {
                cached.table().takeUses();
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
