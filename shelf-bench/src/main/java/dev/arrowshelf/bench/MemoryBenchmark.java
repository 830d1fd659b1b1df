package dev.arrowshelf.bench;

import com.sun.management.ThreadMXBean;
import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.LeaseAnswer;
import dev.arrowshelf.memory.ParallelCopy;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.memory.control.ControlReader;
import dev.arrowshelf.memory.control.ControlSettings;
import dev.arrowshelf.memory.control.ControlWriter;
import dev.arrowshelf.memory.control.ShelfFeatures;
import dev.arrowshelf.memory.control.Slot;
import dev.arrowshelf.memory.control.SlotLocation;
import dev.arrowshelf.memory.control.TableFigures;
import dev.arrowshelf.memory.owner.OwnerLock;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// What everything else is made of: copies, mappings, leases, the control block. No Arrow.
///
/// Run: `scripts/bench-java dev.arrowshelf.bench.MemoryBenchmark [--quick]`; prints one JSON row a
/// line.
public final class MemoryBenchmark {
    private static final int COLUMNS = 10;
    private static final int CALLS = 20_000;
    private static final int FINDS = 1_000_000;
    private static final int TABLES = 1_000;

    private final Path scratch;
    private final int rounds;
    private final long bytes;
    private final String size;

    private MemoryBenchmark(Path scratch, boolean quick) {
        this.scratch = scratch;
        this.rounds = quick ? 3 : 9;
        this.bytes = quick ? 100_000_000 : 1_000_000_000;
        this.size = quick ? "100 MB" : "1 GB";
    }

    /// Runs all parts in a directory of its own on tmpfs.
    public static void main(String[] arguments) throws IOException {
        Path scratch = Files.createTempDirectory(Path.of("/dev/shm"), "memory-benchmark-");
        try {
            MemoryBenchmark benchmark =
                    new MemoryBenchmark(scratch, List.of(arguments).contains("--quick"));
            benchmark.copies();
            benchmark.mappings();
            benchmark.control();
        } finally {
            removeAll(scratch);
        }
    }

    private void copies() throws IOException {
        double[] cold = new double[rounds];
        double[] warm = new double[rounds];
        boolean equal = true;
        try (Arena arena = Arena.ofShared();
                ParallelCopy copy = ParallelCopy.open(2)) {
            MemorySegment source = arena.allocate(bytes, 64);
            for (long i = 0; i < bytes / Long.BYTES; i++) {
                source.setAtIndex(ValueLayout.JAVA_LONG, i, i);
            }
            for (int round = -1; round < rounds; round++) {
                Path path = scratch.resolve("copy");
                try (FileHandle file = FileHandle.create(path, 0600)) {
                    file.truncate(bytes);
                    double coldMillis = copyMillis(copy, source, file, 0);
                    double warmMillis = copyMillis(copy, source, file, bytes);
                    if (round >= 0) {
                        cold[round] = coldMillis;
                        warm[round] = warmMillis;
                    }
                    try (Region region = Region.mapReadOnly(path)) {
                        equal &= region.segment().mismatch(source) < 0;
                    }
                } finally {
                    Files.delete(path);
                }
            }
        }
        BenchmarkRow.atMost(
                        "copy of " + size + " into warm pages, map to unmap, 2 threads",
                        "ms",
                        BenchmarkRow.median(warm),
                        Math.rint(bytes / 20e6),
                        equal)
                .print();
        BenchmarkRow.atMost(
                        "copy of " + size + " into a new file, map to unmap, 2 threads",
                        "ms",
                        BenchmarkRow.median(cold),
                        Math.rint(bytes / 6e6),
                        equal)
                .print();
    }

    private static double copyMillis(
            ParallelCopy copy, MemorySegment source, FileHandle file, long warmBytes)
            throws IOException {
        long started = System.nanoTime();
        try (Region region = Region.mapWritable(file, source.byteSize())) {
            List<ParallelCopy.Range> ranges = new ArrayList<>();
            long part = source.byteSize() / COLUMNS;
            for (int column = 0; column < COLUMNS; column++) {
                MemorySegment values = source.asSlice(column * part, part);
                ranges.add(new ParallelCopy.Range(values, region, column * part, warmBytes));
            }
            copy.copy(ranges);
        }
        return (System.nanoTime() - started) / 1e6;
    }

    private void mappings() throws IOException {
        Path path = scratch.resolve("mapped");
        double[] open = new double[CALLS];
        double[] close = new double[CALLS];
        double[] lease = new double[CALLS];
        boolean granted = true;
        try (FileHandle file = FileHandle.create(path, 0600)) {
            file.allocate(0, 16L << 20);
            for (int warmUp = 0; warmUp < 2; warmUp++) {
                for (int call = 0; call < CALLS; call++) {
                    long started = System.nanoTime();
                    Region region = Region.mapReadOnly(path);
                    long opened = System.nanoTime();
                    region.close();
                    long closed = System.nanoTime();
                    granted &= file.tryWriteLease() == LeaseAnswer.GRANTED;
                    open[call] = (opened - started) / 1e3;
                    close[call] = (closed - opened) / 1e3;
                    lease[call] = (System.nanoTime() - closed) / 1e3;
                }
            }
        }
        Files.delete(path);
        BenchmarkRow.atMost(
                        "file opened, checked, mapped at 2 MiB, closed",
                        "us",
                        BenchmarkRow.median(open),
                        20,
                        granted)
                .print();
        BenchmarkRow.atMost(
                        "mapping ended (handshake with every thread)",
                        "us",
                        BenchmarkRow.median(close),
                        50,
                        granted)
                .print();
        BenchmarkRow.atMost("write lease asked", "us", BenchmarkRow.median(lease), 5, granted)
                .print();
    }

    private void control() throws IOException {
        Path directory = Files.createDirectories(scratch.resolve("control"));
        Files.createDirectories(directory.resolve("tmp"));
        AtomicLong generation = new AtomicLong(1);
        try (OwnerLock lock = OwnerLock.acquire(directory);
                ControlWriter writer =
                        ControlWriter.create(
                                directory,
                                new ControlSettings(
                                        TABLES,
                                        lock.owner(),
                                        lock.shelfId(),
                                        new ShelfFeatures(true, true),
                                        generation::incrementAndGet,
                                        InstantSource.system()))) {
            writer.install();
            byte[][] keys = new byte[TABLES][];
            for (int i = 0; i < TABLES; i++) {
                keys[i] =
                        "a table with a name of usual length %04d"
                                .formatted(i)
                                .getBytes(StandardCharsets.UTF_8);
            }
            double publish = Double.MAX_VALUE;
            for (int round = 0; round < 50; round++) {
                publish = Math.min(publish, publishMicros(writer, keys, round));
            }
            BenchmarkRow.atMost("slot published", "us", publish, 3, writer.tables() == TABLES)
                    .print();
            finds(directory, keys);
        }
    }

    private static double publishMicros(ControlWriter writer, byte[][] keys, long round)
            throws IOException {
        long started = System.nanoTime();
        for (byte[] key : keys) {
            writer.publish(
                    key, round + 1, SlotLocation.inSegments(1), new TableFigures(1, 2, 3, 4));
        }
        return (System.nanoTime() - started) / 1e3 / keys.length;
    }

    private static void finds(Path directory, byte[][] keys) throws IOException {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (ControlReader reader = ControlReader.open(directory)) {
            double micros = 0;
            long allocated = 0;
            boolean found = true;
            for (int round = 0; round < 5; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                long started = System.nanoTime();
                for (int i = 0; i < FINDS; i++) {
                    found &= reader.find(keys[i % keys.length]) != null;
                }
                micros = (System.nanoTime() - started) / 1e3 / FINDS;
                allocated = (threads.getCurrentThreadAllocatedBytes() - before) / FINDS;
            }
            BenchmarkRow.atMost(
                            "slot found by its key, again (" + allocated + " bytes allocated)",
                            "us",
                            micros,
                            0.5,
                            found)
                    .print();
            Slot slot = Objects.requireNonNull(reader.find(keys[0]));
            long equal = 0;
            for (int round = 0; round < 5; round++) {
                equal = 0;
                long started = System.nanoTime();
                for (int i = 0; i < FINDS; i++) {
                    equal +=
                            reader.sequence(slot.index()) == slot.sequence()
                                            && !reader.isSuperseded()
                                    ? 1
                                    : 0;
                }
                micros = (System.nanoTime() - started) / 1e3 / FINDS;
            }
            BenchmarkRow.atMost("slot and block still the same", "us", micros, 0.05, equal == FINDS)
                    .print();
        }
    }

    private static void removeAll(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
