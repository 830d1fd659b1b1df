package dev.arrowshelf.memory.pool;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.HugePages;
import dev.arrowshelf.memory.LeasedFileException;
import dev.arrowshelf.memory.NoSpaceException;
import dev.arrowshelf.memory.Region;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/// The thread that prepares blanks for the sizes taken lately, makes the pages of recycled ones
/// huge, and lets an idle pool shrink.
///
/// Works in steps of a few huge pages and rests between them as long as a step took: a put beside
/// it keeps most of the memory bandwidth.
final class PoolFiller implements Runnable {
    private static final System.Logger LOG = System.getLogger(PoolFiller.class.getName());
    private static final long LOOK_NANOS = 1_000_000_000;
    private static final long STEP_BYTES = 16L << 20;
    private static final long COLLAPSE_BYTES = 8L << 20;
    private static final int MODE = 0600;

    private final WarmPool pool;
    private final PoolState state;
    private final PoolSettings settings;
    private final Thread thread;

    PoolFiller(WarmPool pool, PoolState state, PoolSettings settings) {
        this.pool = pool;
        this.state = state;
        this.settings = settings;
        this.thread = Thread.ofPlatform().name("shelf-pool-filler").daemon(true).unstarted(this);
    }

    void start() {
        thread.start();
    }

    /// Waits until the thread has ended, if it ever ran.
    void join() {
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

    @Override
    public void run() {
        try {
            long seen = state.events();
            while (state.awaitWork(seen, step() ? 0 : LOOK_NANOS)) {
                seen = state.events();
            }
        } catch (IOException | RuntimeException failure) {
            LOG.log(Level.ERROR, "warm pool stopped: directory=" + settings.directory(), failure);
        }
    }

    /// Does one piece of work; false when there was none.
    boolean step() throws IOException {
        if (state.isIdleAndLarge()) {
            pool.trim(Stock.BASE_BYTES);
            return true;
        }
        Optional<Stock.Item> small = state.beginCollapse();
        if (small.isPresent()) {
            collapse(small.get());
            return true;
        }
        long bytes = state.reserveFill();
        if (bytes == 0) {
            return false;
        }
        Optional<Stock.Item> made = Optional.empty();
        try {
            made = fill(bytes);
        } finally {
            state.filled(made);
        }
        return made.isPresent();
    }

    /// Makes the pages of a blank huge that came back with small ones. The blank stays in stock;
    /// who takes it meanwhile ends this within a step.
    private void collapse(Stock.Item item) throws IOException {
        boolean whole = false;
        try (FileHandle file = FileHandle.openReadOnly(settings.blankPath(item.generation()));
                Region region = Region.mapReadOnly(file, item.bytes())) {
            whole = collapse(region, item);
        } catch (NoSuchFileException _) { // taken, or removed by hand
            state.missing(item);
        } catch (LeasedFileException _) { // taken, and given back
        } finally {
            state.collapsed(item, whole);
        }
    }

    private boolean collapse(Region region, Stock.Item item) {
        long bytes = region.byteSize();
        for (long at = 0; at < bytes; at += COLLAPSE_BYTES) {
            long begin = System.nanoTime();
            HugePages.collapse(region, at, Math.min(COLLAPSE_BYTES, bytes - at));
            if (!state.goOnCollapsing(item, System.nanoTime() - begin)) {
                return false;
            }
        }
        return true;
    }

    private Optional<Stock.Item> fill(long bytes) throws IOException {
        long generation = settings.generations().getAsLong();
        Path path = settings.blankPath(generation);
        boolean whole = false;
        try (FileHandle file = FileHandle.create(path, MODE)) {
            file.truncate(bytes);
            whole = settings.features().populate() ? populate(file, bytes) : allocate(file, bytes);
        } catch (NoSpaceException full) {
            LOG.log(
                    Level.DEBUG,
                    "no room for a blank: bytes={0}, reason={1}",
                    bytes,
                    full.getMessage());
        }
        if (whole) {
            return Optional.of(
                    new Stock.Item(generation, bytes, true, settings.features().populate()));
        }
        Files.deleteIfExists(path);
        return Optional.empty();
    }

    private boolean populate(FileHandle file, long bytes) throws IOException {
        try (Region region = Region.mapWritable(file, bytes)) {
            for (long at = 0; at < bytes; at += STEP_BYTES) {
                long begin = System.nanoTime();
                region.populate(at, Math.min(STEP_BYTES, bytes - at));
                if (!state.goOnFilling(System.nanoTime() - begin)) {
                    return false;
                }
            }
            return true;
        }
    }

    private boolean allocate(FileHandle file, long bytes) throws IOException {
        for (long at = 0; at < bytes; at += STEP_BYTES) {
            long begin = System.nanoTime();
            file.allocate(at, Math.min(STEP_BYTES, bytes - at));
            if (!state.goOnFilling(System.nanoTime() - begin)) {
                return false;
            }
        }
        return true;
    }
}
