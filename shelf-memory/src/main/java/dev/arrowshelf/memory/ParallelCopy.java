package dev.arrowshelf.memory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Copies ranges of memory into mapped files on a few threads, making cold pages exist first.
///
/// Thread-safe; jobs of several callers share the threads, and each caller copies too. `close` lets
/// running jobs finish; afterwards jobs run on their caller alone.
public final class ParallelCopy implements AutoCloseable {
    private static final int MOST_THREADS = 4;

    // A whole number of huge pages. The JDK's copy bypasses the cache only from a few MiB on, and
    // then is twice as fast.
    private static final long WINDOW_BYTES = 8L << 20;
    private static final long ALONE_BYTES = WINDOW_BYTES;

    // Making pages costs one wait for all processors a window, so the windows of cold files are
    // larger.
    private static final long COLD_WINDOW_BYTES = 32L << 20;

    private final int threads;
    private final ExecutorService workers;
    private final Thread stranger = Thread.ofPlatform().unstarted(() -> {});

    private ParallelCopy(int threads) {
        this.threads = threads;
        ThreadFactory factory = Thread.ofPlatform().name("shelf-copy-", 0).daemon(true).factory();
        this.workers = Executors.newFixedThreadPool(Math.max(1, threads - 1), factory);
    }

    /// With as many threads as the machine has processors, at most four, the caller among them.
    public static ParallelCopy open() {
        return new ParallelCopy(Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors()));
    }

    /// With this many threads, the caller among them.
    public static ParallelCopy open(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("needs a thread: threads=" + threads);
        }
        return new ParallelCopy(threads);
    }

    /// One range to copy.
    ///
    /// @param source what to copy, on or off the heap; alive until the copy is done
    /// @param target where to, a writable region
    /// @param targetOffset first byte in the region
    /// @param warmBytes how many bytes from the region's begin have pages already; what lies above
    ///   is populated first
    public record Range(MemorySegment source, Region target, long targetOffset, long warmBytes) {
        public Range {
            Objects.requireNonNull(source);
            Objects.checkFromIndexSize(targetOffset, source.byteSize(), target.byteSize());
        }
    }

    /// Copies all the ranges, which must not overlap in their targets, and returns when all is
    /// done.
    ///
    /// A source that only the calling thread may read is copied by it alone.
    ///
    /// @throws NoSpaceException when cold pages find no room; parts may have been written
    public void copy(List<Range> ranges) throws IOException {
        List<Window> windows = cut(ranges);
        AtomicInteger next = new AtomicInteger();
        List<Future<@Nullable Void>> running = new ArrayList<>();
        try {
            for (int i = othersFor(ranges, windows.size()); i > 0; i--) {
                running.add(workers.submit(() -> drain(windows, next)));
            }
            drain(windows, next);
        } finally {
            next.set(windows.size()); // after a failure here the others need not go on
            waitFor(running);
        }
        for (Future<@Nullable Void> worker : running) {
            rethrow(worker);
        }
    }

    /// Lets running jobs finish and takes no more.
    @Override
    public void close() {
        workers.shutdown();
    }

    private int othersFor(List<Range> ranges, int windows) {
        long bytes = 0;
        for (Range range : ranges) {
            bytes += range.source().byteSize();
            if (!range.source().isAccessibleBy(stranger)) {
                return 0;
            }
        }
        return bytes <= ALONE_BYTES || workers.isShutdown() ? 0 : Math.min(threads, windows) - 1;
    }

    private static @Nullable Void drain(List<Window> windows, AtomicInteger next)
            throws IOException {
        for (int i = next.getAndIncrement();
                i >= 0 && i < windows.size();
                i = next.getAndIncrement()) {
            windows.get(i).fill();
        }
        return null;
    }

    /// Cuts the ranges where a window of their target ends, so that no two threads make the same
    /// huge page.
    private static List<Window> cut(List<Range> ranges) {
        List<Window> windows = new ArrayList<>();
        for (Range range : ranges) {
            long bytes = range.source().byteSize();
            long window =
                    range.warmBytes() < range.target().byteSize()
                            ? COLD_WINDOW_BYTES
                            : WINDOW_BYTES;
            long done = 0;
            while (done < bytes) {
                long at = range.targetOffset() + done;
                long begin = at - at % window;
                long step = Math.min(bytes - done, begin + window - at);
                Window last = windows.isEmpty() ? null : windows.getLast();
                if (last == null || last.begin() != begin || last.target() != range.target()) {
                    last =
                            new Window(
                                    range.target(),
                                    begin,
                                    window,
                                    range.warmBytes(),
                                    new ArrayList<>());
                    windows.add(last);
                }
                last.pieces().add(new Piece(range.source(), done, at, step));
                done += step;
            }
        }
        return windows;
    }

    private static void waitFor(List<Future<@Nullable Void>> running) {
        boolean interrupted = false;
        for (Future<@Nullable Void> worker : running) {
            while (!worker.isDone()) {
                try {
                    worker.get();
                } catch (InterruptedException _) { // the source must stay until nobody reads it
                    interrupted = true;
                } catch (ExecutionException _) {
                    break; // looked at by the caller
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void rethrow(Future<@Nullable Void> worker) throws IOException {
        if (worker.state() == Future.State.FAILED) {
            switch (worker.exceptionNow()) {
                case IOException expected -> throw expected;
                case RuntimeException unexpected -> throw unexpected;
                case Error error -> throw error;
                case Throwable other -> throw new AssertionError(other);
            }
        }
    }

    private record Piece(MemorySegment source, long sourceOffset, long targetOffset, long bytes) {}

    private record Window(
            Region target, long begin, long bytes, long warmBytes, List<Piece> pieces) {
        void fill() throws IOException {
            long end = Math.min(target.byteSize(), begin + bytes);
            long cold = Math.max(begin, warmBytes);
            if (cold < end) {
                target.populate(cold, end - cold);
            }
            MemorySegment to = target.segment();
            for (Piece piece : pieces) {
                MemorySegment.copy(
                        piece.source, piece.sourceOffset, to, piece.targetOffset, piece.bytes);
            }
        }
    }
}
