package dev.arrowshelf.cli.rehearsal;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.server.ServerOptions;
import dev.arrowshelf.server.ShelfServer;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.owner.ShelfOwner;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.apache.arrow.memory.OutOfMemoryException;

/// The rehearsal of a daemon that has just started: about a second of one processor, on a small
/// shelf of its own that is gone afterwards. It stands back until clients have asked for nothing
/// for two seconds.
///
/// Thread-safe. It serves speed only: what goes wrong is logged, and the daemon is as it was.
/// `close` ends it early and waits until its shelf is removed.
public final class WarmUp implements AutoCloseable {
    private static final Logger LOG = System.getLogger(WarmUp.class.getName());
    private static final ByteSize LIMIT = new ByteSize(96L << 20);
    private static final ByteSize WARM_POOL = new ByteSize(16L << 20);

    /// Programs ask and then start workers, or compute: this long after the last request the
    /// processors are theirs.
    private static final long QUIET_NANOS = 2_000_000_000;

    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(5);

    private final LongSupplier requests;
    private final Thread thread =
            Thread.ofPlatform().name("shelf-warm-up").daemon(true).unstarted(this::run);
    private volatile boolean stopped;
    private long seen;

    private WarmUp(LongSupplier requests) {
        this.requests = requests;
    }

    /// A rehearsal that has not begun.
    ///
    /// @param requests how many requests the daemon has had
    public static WarmUp create(LongSupplier requests) {
        return new WarmUp(requests);
    }

    /// Begins in the background; once only.
    public void start() {
        thread.start();
    }

    private void run() {
        try {
            Path directory = RehearsalDirectory.create();
            try (ShelfOwner owner = ShelfOwner.open(options(directory));
                    ShelfServer _ = ShelfServer.start(ServerOptions.of("localhost", 0), owner)) {
                Rehearsal.brief(this::isStopped).run(directory);
            } finally {
                RehearsalDirectory.remove(directory);
            }
        } catch (IOException | ShelfException | OutOfMemoryException failure) {
            LOG.log(Level.DEBUG, "no rehearsal, the first requests will be slower", failure);
        }
    }

    /// Asked between two steps; waits while the daemon is busy.
    private boolean isStopped() {
        long now = requests.getAsLong();
        while (now != seen && !stopped) {
            seen = now;
            LockSupport.parkNanos(QUIET_NANOS);
            now = requests.getAsLong();
        }
        return stopped;
    }

    private static ShelfOptions options(Path directory) {
        return ShelfOptions.of(directory)
                .withMemoryLimit(LIMIT)
                .withWarmPool(WARM_POOL)
                .withEphemeral(true);
    }

    /// Ends the rehearsal, if it was begun, and waits until nothing is left of it.
    @Override
    public void close() {
        stopped = true;
        if (!thread.isAlive()) {
            return;
        }
        LockSupport.unpark(thread);
        try {
            if (!thread.join(CLOSE_DEADLINE)) {
                LOG.log(Level.WARNING, "the rehearsal does not end");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
