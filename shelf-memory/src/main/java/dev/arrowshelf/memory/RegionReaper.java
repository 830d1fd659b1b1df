package dev.arrowshelf.memory;

import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/// Closes regions in the background, so that whoever drops one does not wait for a handshake with
/// every thread.
///
/// Thread-safe. Until the reaper gets to it, a retired region stays mapped and counted, and its
/// file in use. `close` closes what is waiting and ends the thread.
public final class RegionReaper implements AutoCloseable {
    private final LinkedBlockingQueue<Retired> queue = new LinkedBlockingQueue<>();
    private final Thread thread;

    private RegionReaper() {
        this.thread =
                Thread.ofPlatform().name("shelf-region-reaper").daemon(true).unstarted(this::run);
    }

    /// A reaper with its thread running.
    public static RegionReaper open() {
        RegionReaper reaper = new RegionReaper();
        reaper.thread.start();
        return reaper;
    }

    /// Takes over a region that nobody will use any more.
    public void retire(Region region) {
        if (thread.isAlive()) {
            queue.add(new Retired(region));
        } else {
            region.close();
        }
    }

    /// Closes everything retired so far; the second call does nothing.
    @Override
    public void close() {
        queue.add(new Retired(null));
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) { // the queue ends soon
                interrupted = true;
            }
        }
        for (Retired late = queue.poll(); late != null; late = queue.poll()) {
            late.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            Retired next = queue.take();
            while (next.region() != null) {
                next.close();
                next = queue.take();
            }
        } catch (InterruptedException _) { // nobody interrupts it; what waits is closed by close()
            Thread.currentThread().interrupt();
        }
    }

    /// A region that waits, or the end of the queue.
    private record Retired(@Nullable Region region) {
        void close() {
            if (region != null) {
                region.close();
            }
        }
    }
}
