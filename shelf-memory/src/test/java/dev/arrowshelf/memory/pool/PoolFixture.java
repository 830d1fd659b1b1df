package dev.arrowshelf.memory.pool;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.memory.DirectoryFeatures;
import dev.arrowshelf.memory.DirectoryProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;
import java.util.stream.Stream;

/// A pool in a fresh shelf directory, with a clock that stands still until it is moved.
final class PoolFixture {
    static final long MIB = 1L << 20;

    private final Path directory;
    private final AtomicLong generation = new AtomicLong(100);
    private final AtomicLong millis = new AtomicLong(1_000_000);
    private final AtomicLong room = new AtomicLong(Long.MAX_VALUE);

    PoolFixture(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectories(directory.resolve("tmp"));
        Files.createDirectories(directory.resolve("pool"));
    }

    PoolSettings settings(long capBytes, boolean recycle) throws IOException {
        return settings(capBytes, recycle, DirectoryProbe.probe(directory));
    }

    PoolSettings settings(long capBytes, boolean recycle, DirectoryFeatures features) {
        InstantSource clock = () -> Instant.ofEpochMilli(millis.get());
        return new PoolSettings(
                directory,
                new ByteSize(capBytes),
                recycle,
                features,
                generation::incrementAndGet,
                new Counted(bytes -> bytes <= room.get()),
                clock);
    }

    void advanceMillis(long by) {
        millis.addAndGet(by);
    }

    void setRoom(long bytes) {
        room.set(bytes);
    }

    /// Lets the filler do all it has to do now.
    static int settle(WarmPool pool) throws IOException {
        int steps = 0;
        while (pool.filler().step()) {
            steps++;
        }
        return steps;
    }

    List<Long> pooledSizes() throws IOException {
        return pooled().stream().map(PoolFixture::size).sorted().toList();
    }

    List<Path> pooled() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("pool"))) {
            return files.toList();
        }
    }

    List<Path> temporaryFiles() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("tmp"))) {
            return files.toList();
        }
    }

    private static long size(Path path) {
        return path.toFile().length();
    }

    /// Checks that nothing is taken off that was not counted.
    ///
    /// @param room whether the pool may grow by so much
    record Counted(LongPredicate room, AtomicLong bytes) implements PoolAccount {
        Counted(LongPredicate room) {
            this(room, new AtomicLong());
        }

        @Override
        public boolean grow(long more) {
            if (!room.test(more)) {
                return false;
            }
            bytes.addAndGet(more);
            return true;
        }

        @Override
        public void add(long more) {
            bytes.addAndGet(more);
        }

        @Override
        public void shrink(long less) {
            if (bytes.addAndGet(-less) < 0) {
                throw new IllegalStateException("pool gave more than it had: bytes=" + less);
            }
        }
    }
}
