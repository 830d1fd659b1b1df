package dev.arrowshelf.bench;

import com.sun.management.ThreadMXBean;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableBuilder;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/// The embedded store from Java: get, put, build in place, with arrow-java's own file writer as the
/// peer.
///
/// Run: `scripts/bench-java dev.arrowshelf.bench.StoreBenchmark [--quick]`; prints one JSON row a
/// line.
public final class StoreBenchmark {
    private static final int COLUMNS = 10;
    private static final int WARM_UP_SEALS = 1_000;
    private static final int SMALL_ROWS = 10_000;
    private static final int GETS = 200_000;
    private static final int FIRST_GETS = 2_000;

    private final Path scratch;
    private final BufferAllocator allocator;
    private final int rounds;
    private final int largeRows;
    private final String largeName;

    private StoreBenchmark(Path scratch, BufferAllocator allocator, boolean quick) {
        this.scratch = scratch;
        this.allocator = allocator;
        this.rounds = quick ? 3 : 9;
        this.largeRows = (quick ? 100_000_000 : 1_000_000_000) / Double.BYTES / COLUMNS;
        this.largeName = quick ? "100 MB" : "1 GB";
    }

    /// Runs all parts in a directory of its own on tmpfs.
    public static void main(String[] arguments) throws IOException {
        Path scratch = Files.createTempDirectory(Path.of("/dev/shm"), "store-benchmark-");
        try (BufferAllocator allocator = new RootAllocator()) {
            StoreBenchmark benchmark =
                    new StoreBenchmark(scratch, allocator, List.of(arguments).contains("--quick"));
            benchmark.gets();
            benchmark.puts();
        } finally {
            removeAll(scratch);
        }
    }

    private void gets() {
        try (Shelf shelf =
                Shelf.open(ShelfOptions.of(scratch.resolve("gets")).withEphemeral(true))) {
            try (VectorSchemaRoot root = filled(12_500)) {
                for (int number = 0; number < FIRST_GETS; number++) {
                    shelf.put("table-" + number, root);
                }
            }
            firstGets(shelf);
            repeatedGets(shelf);
        }
    }

    private void firstGets(Shelf shelf) {
        double[] micros = new double[FIRST_GETS];
        boolean equal = true;
        for (int number = 0; number < FIRST_GETS; number++) {
            long started = System.nanoTime();
            try (ShelfTable table = shelf.get("table-" + number)) {
                micros[number] = (System.nanoTime() - started) / 1e3;
                equal &= table.rowCount() == 12_500;
            }
        }
        double[] warm = java.util.Arrays.copyOfRange(micros, FIRST_GETS / 2, FIRST_GETS);
        BenchmarkRow.atMost(
                        "Java get, first of a table in a process, one partition, p50",
                        "us",
                        BenchmarkRow.median(warm),
                        60,
                        equal)
                .print();
    }

    private static void repeatedGets(Shelf shelf) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        double[] nanos = new double[GETS];
        long rows = 0;
        for (int warmUp = 0; warmUp < 2; warmUp++) {
            for (int number = 0; number < GETS; number++) {
                long started = System.nanoTime();
                try (ShelfTable table = shelf.get("table-7")) {
                    nanos[number] = System.nanoTime() - started;
                    rows += table.rowCount();
                }
            }
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int number = 0; number < GETS; number++) {
            try (ShelfTable table = shelf.get("table-7")) {
                rows += table.rowCount();
            }
        }
        double bytes = (double) (threads.getCurrentThreadAllocatedBytes() - before) / GETS;
        boolean equal = rows == 3L * GETS * 12_500;
        BenchmarkRow.atMost(
                        "Java get, table already mapped, p50",
                        "us",
                        BenchmarkRow.median(nanos) / 1e3,
                        1,
                        equal)
                .print();
        BenchmarkRow.atMost(
                        "Java get, table already mapped: heap bytes allocated for a get and close",
                        "B",
                        bytes,
                        64,
                        equal)
                .print();
    }

    private void puts() throws IOException {
        try (VectorSchemaRoot root = filled(largeRows)) {
            double file = fileMillis(root);
            try (Shelf shelf =
                    Shelf.open(ShelfOptions.of(scratch.resolve("warm")).withEphemeral(true))) {
                shelf.put("first", root);
                shelf.delete("first");
                awaitPool(shelf, (long) largeRows * Double.BYTES * COLUMNS);
                put(shelf, root, "Java put of " + largeName + ", put / delete in a loop", 55, file);
                seals(shelf);
            }
            ShelfOptions cold =
                    ShelfOptions.of(scratch.resolve("cold"))
                            .withEphemeral(true)
                            .withWarmPool(new ByteSize(0));
            try (Shelf shelf = Shelf.open(cold)) {
                put(shelf, root, "Java put of " + largeName + ", nothing prepared", 294, file);
            }
        }
    }

    private void put(Shelf shelf, VectorSchemaRoot root, String what, double goal, double file) {
        double[] millis = new double[rounds];
        boolean equal = true;
        for (int round = -1; round < rounds; round++) {
            long started = System.nanoTime();
            shelf.put("large", root);
            if (round >= 0) {
                millis[round] = (System.nanoTime() - started) / 1e6;
            }
            if (round <= 0) {
                equal &= sameContent(shelf, root);
            }
            shelf.delete("large");
        }
        BenchmarkRow.atMost(what, "ms", BenchmarkRow.median(millis), goal, equal)
                .against("arrow-java file on tmpfs", file)
                .print();
    }

    private boolean sameContent(Shelf shelf, VectorSchemaRoot expected) {
        try (ShelfTable table = shelf.get("large");
                ArrowReader reader = table.reader()) {
            boolean equal = reader.loadNextBatch();
            for (int column = 0; column < COLUMNS; column++) {
                Float8Vector ours = (Float8Vector) reader.getVectorSchemaRoot().getVector(column);
                Float8Vector theirs = (Float8Vector) expected.getVector(column);
                for (int row = 0; row < theirs.getValueCount(); row += 997) {
                    equal &= ours.get(row) == theirs.get(row);
                }
            }
            return equal && table.rowCount() == expected.getRowCount();
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    private void seals(Shelf shelf) {
        for (int warmUp = 0; warmUp < WARM_UP_SEALS; warmUp++) {
            try (TableBuilder builder = shelf.builder("built", schema(false))) {
                setAll(builder.root(SMALL_ROWS), SMALL_ROWS);
                builder.seal();
            }
        }
        double[] micros = new double[rounds];
        boolean equal = true;
        for (int round = -1; round < rounds; round++) {
            try (TableBuilder builder = shelf.builder("built", schema(false))) {
                setAll(builder.root(largeRows), largeRows);
                long started = System.nanoTime();
                builder.seal();
                if (round >= 0) {
                    micros[round] = (System.nanoTime() - started) / 1e3;
                }
            }
            try (ShelfTable table = shelf.get("built")) {
                equal &= table.rowCount() == largeRows;
            }
            shelf.delete("built");
        }
        BenchmarkRow.atMost(
                        "Java seal of " + largeName + " built in place",
                        "us",
                        BenchmarkRow.median(micros),
                        200,
                        equal)
                .print();
    }

    private double fileMillis(VectorSchemaRoot root) throws IOException {
        double[] millis = new double[Math.min(rounds, 5)];
        Path path = scratch.resolve("peer.arrow");
        for (int round = 0; round < millis.length; round++) {
            long started = System.nanoTime();
            try (FileChannel channel =
                            FileChannel.open(
                                    path,
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.WRITE,
                                    StandardOpenOption.TRUNCATE_EXISTING);
                    ArrowFileWriter writer = new ArrowFileWriter(root, null, channel)) {
                writer.start();
                writer.writeBatch();
                writer.end();
            }
            millis[round] = (System.nanoTime() - started) / 1e6;
            Files.delete(path);
        }
        return BenchmarkRow.median(millis);
    }

    private static void awaitPool(Shelf shelf, long bytes) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (shelf.status().memory().pool() < bytes) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "warm pool did not fill: pool="
                                + shelf.status().memory().pool()
                                + ", wanted="
                                + bytes);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    private VectorSchemaRoot filled(int rows) {
        VectorSchemaRoot root = VectorSchemaRoot.create(schema(true), allocator);
        fill(root, rows);
        return root;
    }

    private static void fill(VectorSchemaRoot root, int rows) {
        for (int column = 0; column < COLUMNS; column++) {
            ((Float8Vector) root.getVector(column)).allocateNew(rows);
        }
        setAll(root, rows);
    }

    private static void setAll(VectorSchemaRoot root, int rows) {
        for (int column = 0; column < COLUMNS; column++) {
            Float8Vector vector = (Float8Vector) root.getVector(column);
            for (int row = 0; row < rows; row++) {
                vector.set(row, row * 0.5 + column);
            }
        }
        root.setRowCount(rows);
    }

    private static Schema schema(boolean nullable) {
        ArrowType type = new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
        return new Schema(
                IntStream.range(0, COLUMNS)
                        .mapToObj(column ->
                                new Field(
                                        "c" + column,
                                        new FieldType(nullable, type, null),
                                        List.of()))
                        .toList());
    }

    private static void removeAll(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
