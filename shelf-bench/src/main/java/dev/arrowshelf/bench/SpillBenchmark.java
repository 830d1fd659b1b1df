package dev.arrowshelf.bench;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.CacheOptions;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.model.EvictionOptions;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.SpillOptions;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// Spilling and restoring a table, with plain write(2), fsync and read(2) of the same bytes in the
/// same directory as the peer; and what eviction costs a get.
///
/// Both sides read what the page cache still has: the ratio says what checksums and bookkeeping
/// cost, not how fast the disk is.
///
/// Run: `scripts/bench-java dev.arrowshelf.bench.SpillBenchmark [--quick] [DIRECTORY]`; prints one
/// JSON row a line.
public final class SpillBenchmark {
    private static final Schema SCHEMA =
            new Schema(
                    List.of(
                            Field.notNullable(
                                    "x",
                                    new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE))));
    private static final int STEP_BYTES = 8 << 20;
    private static final int GETS = 100_000;
    private static final int MOST_ATTEMPTS = 500;
    private static final long PAUSE_NANOS = 20_000_000;

    private final Path scratch;
    private final Path disk;
    private final int rows;
    private final int rounds;

    private SpillBenchmark(Path scratch, Path disk, boolean quick) {
        this.scratch = scratch;
        this.disk = disk;
        this.rows = (quick ? 128 << 20 : 512 << 20) / Double.BYTES;
        this.rounds = 5;
    }

    /// Runs all parts.
    public static void main(String[] arguments) throws IOException {
        List<String> words = List.of(arguments);
        Path base =
                words.stream()
                        .filter(word -> !word.startsWith("--"))
                        .map(Path::of)
                        .findFirst()
                        .orElse(Path.of(System.getProperty("java.io.tmpdir")));
        Path scratch = Files.createTempDirectory(Path.of("/dev/shm"), "spill-benchmark-");
        Path disk = Files.createTempDirectory(base, "spill-benchmark-");
        try {
            SpillBenchmark benchmark = new SpillBenchmark(scratch, disk, words.contains("--quick"));
            benchmark.spillAndRestore();
            benchmark.gets();
        } finally {
            removeAll(scratch);
            removeAll(disk);
        }
    }

    private ShelfOptions options(EvictionMode mode, String name) {
        return ShelfOptions.of(scratch.resolve(name))
                .withEphemeral(true)
                .withMemoryLimit(ByteSize.parse("1536MiB"))
                .withCache(
                        CacheOptions.DEFAULT
                                .withEviction(EvictionOptions.DEFAULT.withMode(mode))
                                .withSpill(SpillOptions.DEFAULT.withDirectories(List.of(disk))));
    }

    private void spillAndRestore() throws IOException {
        double[] spill = new double[rounds];
        double[] restore = new double[rounds];
        double[] write = new double[rounds];
        double[] read = new double[rounds];
        boolean equal = true;
        try (Shelf shelf = Shelf.open(options(EvictionMode.SPILL, "spill"))) {
            double sum = put(shelf);
            for (int round = 0; round < rounds; round++) {
                spill[round] = spill(shelf);
                Path file = largestFile();
                write[round] = writePlainly(file);
                read[round] = readPlainly(file);
                long started = System.nanoTime();
                shelf.get("t").close();
                restore[round] = millis(started);
                equal &= sum(shelf) == sum;
            }
        }
        double plainWrite = BenchmarkRow.median(write);
        double plainRead = BenchmarkRow.median(read);
        BenchmarkRow.atMost(
                        "spill, as a multiple of write(2) + fsync of the same bytes",
                        "x",
                        BenchmarkRow.median(spill) / plainWrite,
                        1.25,
                        equal)
                .print();
        BenchmarkRow.atMost(
                        "restore to memory, as a multiple of read(2) of the same bytes into new pages",
                        "x",
                        BenchmarkRow.median(restore) / plainRead,
                        1.25,
                        equal)
                .print();
        BenchmarkRow.atMost("spill", "ms", BenchmarkRow.median(spill), 1.25 * plainWrite, equal)
                .print();
        BenchmarkRow.atMost("restore", "ms", BenchmarkRow.median(restore), 1.25 * plainRead, equal)
                .print();
    }

    /// Spills as soon as nobody has the table open: its pages may just be made huge.
    private double spill(Shelf shelf) {
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            long started = System.nanoTime();
            if (shelf.spill("t") >= (long) rows * Double.BYTES) {
                return millis(started);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        throw new IllegalStateException("table stays in use: attempts=" + MOST_ATTEMPTS);
    }

    private double put(Shelf shelf) {
        double sum = 0;
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, allocator)) {
            Float8Vector values = (Float8Vector) root.getVector(0);
            values.allocateNew(rows);
            for (int row = 0; row < rows; row++) {
                values.set(row, row % 1_000);
                sum += row % 1_000;
            }
            root.setRowCount(rows);
            shelf.put("t", root);
        }
        return sum;
    }

    private static double sum(Shelf shelf) throws IOException {
        double sum = 0;
        try (ShelfTable table = shelf.get("t");
                ArrowReader reader = table.reader(TableSlice.ALL)) {
            while (reader.loadNextBatch()) {
                Float8Vector values = (Float8Vector) reader.getVectorSchemaRoot().getVector(0);
                for (int row = 0; row < values.getValueCount(); row++) {
                    sum += values.get(row);
                }
            }
        }
        return sum;
    }

    private Path largestFile() throws IOException {
        try (Stream<Path> all = Files.walk(disk)) {
            return all.filter(Files::isRegularFile)
                    .max(Comparator.comparingLong(path -> path.toFile().length()))
                    .orElseThrow();
        }
    }

    /// Writes the file's bytes to another one beside it, out of a mapping as the shelf does.
    private static double writePlainly(Path file) throws IOException {
        Path copy = file.resolveSibling("copy");
        try (Arena arena = Arena.ofConfined();
                FileChannel source = FileChannel.open(file)) {
            MemorySegment bytes = source.map(MapMode.READ_ONLY, 0, source.size(), arena);
            bytes.load();
            long started = System.nanoTime();
            try (FileChannel target =
                    FileChannel.open(
                            copy, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                for (long done = 0; done < bytes.byteSize(); done += STEP_BYTES) {
                    long step = Math.min(STEP_BYTES, bytes.byteSize() - done);
                    target.write(bytes.asSlice(done, step).asByteBuffer());
                }
                target.force(true);
            }
            return millis(started);
        } finally {
            Files.deleteIfExists(copy);
        }
    }

    /// Reads the file's bytes into memory that was just allocated.
    private static double readPlainly(Path file) throws IOException {
        long started = System.nanoTime();
        try (Arena arena = Arena.ofConfined();
                FileChannel source = FileChannel.open(file)) {
            long bytes = source.size();
            MemorySegment target = arena.allocate(bytes);
            for (long done = 0; done < bytes; done += STEP_BYTES) {
                ByteBuffer piece =
                        target.asSlice(done, Math.min(STEP_BYTES, bytes - done)).asByteBuffer();
                while (piece.hasRemaining() && source.read(piece) >= 0) {
                    // goes on where it stopped
                }
            }
            return millis(started);
        }
    }

    private void gets() {
        try (Shelf off = Shelf.open(options(EvictionMode.OFF, "off"));
                Shelf on = Shelf.open(options(EvictionMode.SPILL, "on"));
                BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, allocator)) {
            root.getVector(0).allocateNew();
            root.setRowCount(0);
            ((Float8Vector) root.getVector(0)).setSafe(0, 1);
            root.setRowCount(1);
            off.put("t", root);
            on.put("t", root);
            double[] without = new double[rounds];
            double[] with = new double[rounds];
            boolean equal = true;
            for (int round = -2; round < rounds; round++) {
                double offNanos = nanosOfAGet(off);
                double onNanos = nanosOfAGet(on);
                if (round >= 0) {
                    without[round] = offNanos;
                    with[round] = onNanos;
                }
                try (ShelfTable table = on.get("t")) {
                    equal &= table.rowCount() == 1;
                }
            }
            BenchmarkRow.atMost(
                            "get again with eviction on, as a multiple of one with it off",
                            "x",
                            BenchmarkRow.median(with) / BenchmarkRow.median(without),
                            1.10,
                            equal)
                    .print();
        }
    }

    private static double nanosOfAGet(Shelf shelf) {
        long started = System.nanoTime();
        long rowsSeen = 0;
        for (int i = 0; i < GETS; i++) {
            try (ShelfTable table = shelf.get("t")) {
                rowsSeen += table.rowCount();
            }
        }
        if (rowsSeen != GETS) {
            throw new IllegalStateException("gets saw other rows: rows=" + rowsSeen);
        }
        return (double) (System.nanoTime() - started) / GETS;
    }

    private static double millis(long started) {
        return (System.nanoTime() - started) / 1e6;
    }

    private static void removeAll(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
