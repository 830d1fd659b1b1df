package dev.arrowshelf.bench;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.redis.process.PrivateRedis;
import dev.arrowshelf.redis.tier.RedisTier;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.tier.TierOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compare.VectorEqualsVisitor;
import org.apache.arrow.vector.ipc.ArrowReader;

/// The tier of shelves in Redis: a table of 100 MB that one shelf publishes and another gets, with
/// plain GETs and SETs of the same values by the same client in turn, from a Redis of its own on
/// the same host. A publication writes keys that are new beside the generation that is still there;
/// plain SETs are measured both over values that are there and to new keys.
///
/// Run: `scripts/bench-java dev.arrowshelf.bench.TierBenchmark [--quick]`; prints one JSON row a
/// line.
public final class TierBenchmark {
    private static final long MIB = 1 << 20;
    private static final int ROWS = 2_600_000; // 100 MB
    private static final int ROWS_QUICK = 500_000;
    private static final int WARM_UP = 4;
    private static final int UNDER_WAY = 8;
    private static final int TEXT_BYTES = 13;
    private static final double GOAL = 0.8;
    private static final Duration RARELY = Duration.ofHours(1);

    private final RedisLink link;
    private final Shelf here;
    private final Shelf there;
    private final int rows;
    private final int rounds;

    private TierBenchmark(RedisLink link, Shelf here, Shelf there, boolean quick) {
        this.link = link;
        this.here = here;
        this.there = there;
        this.rows = quick ? ROWS_QUICK : ROWS;
        this.rounds = quick ? 5 : 15;
    }

    /// Runs all parts in directories of its own on tmpfs.
    public static void main(String[] arguments) throws IOException {
        boolean quick = List.of(arguments).contains("--quick");
        Path scratch = Files.createTempDirectory(Path.of("/dev/shm"), "tier-benchmark-");
        try (PrivateRedis redis = PrivateRedis.start();
                RedisLink link = RedisLink.connect(RedisOptions.of(redis.url()));
                Shelf here = shelf(scratch.resolve("here"), redis);
                Shelf there = shelf(scratch.resolve("there"), redis)) {
            new TierBenchmark(link, here, there, quick).run();
        } finally {
            removeAll(scratch);
        }
    }

    private static Shelf shelf(Path directory, PrivateRedis redis) {
        ShelfOptions options = ShelfOptions.of(directory).withMemoryLimit(ByteSize.parse("1GiB"));
        RedisTier tier = RedisTier.open(RedisOptions.of(redis.url()), RedisTier.DEFAULT_PREFIX);
        return Shelf.open(options, tier, new TierOptions(RARELY));
    }

    private void run() {
        put();
        List<Double> rawSets = new ArrayList<>();
        List<Double> newSets = new ArrayList<>();
        List<Double> rawGets = new ArrayList<>();
        List<Double> publishes = new ArrayList<>();
        List<Double> gets = new ArrayList<>();
        boolean equal = true;
        for (int round = -WARM_UP; round < rounds; round++) {
            put();
            double published = seconds(() -> here.publish("t"));
            try (Values values = new Values(link)) {
                double raw = seconds(values::get);
                double set = seconds(values::set);
                double setAnew = seconds(values::setAnew);
                values.removeNew();
                double fetched = seconds(() -> there.get("t").close());
                if (round == -WARM_UP || round == rounds - 1) {
                    equal &= sameContent();
                }
                boolean _ = there.demote("t").isPresent(); // as it is in the tier, it only leaves
                if (round >= 0) {
                    double mib = (double) values.bytes() / MIB;
                    publishes.add(mib / published);
                    rawGets.add(mib / raw);
                    rawSets.add(mib / set);
                    newSets.add(mib / setAnew);
                    gets.add(mib / fetched);
                }
            }
        }
        row(
                "tier: get of a table of 100 MB that another host published",
                gets,
                rawGets,
                "GETs",
                Map.of(),
                equal);
        row(
                "tier: publish of a table of 100 MB",
                publishes,
                rawSets,
                "SETs",
                Map.of("plain SETs of them to new keys", median(newSets)),
                equal);
    }

    private static void row(
            String what,
            List<Double> ours,
            List<Double> raw,
            String commands,
            Map<String, Double> others,
            boolean equal) {
        double[] ratios = new double[ours.size()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = ours.get(i) / raw.get(i);
        }
        double ratio = BenchmarkRow.median(ratios);
        Map<String, Double> peers = new LinkedHashMap<>();
        peers.put("plain " + commands + " of the same values", median(raw));
        peers.putAll(others);
        new BenchmarkRow(
                        what,
                        "MiB/s",
                        median(ours),
                        ">= 80 % of the same values' plain "
                                + commands
                                + ", by round: "
                                + Math.round(ratio * 100)
                                + " %",
                        ratio >= GOAL,
                        peers,
                        equal)
                .print();
    }

    private static double median(List<Double> values) {
        return BenchmarkRow.median(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private static double seconds(Runnable action) {
        long began = System.nanoTime();
        action.run();
        return (System.nanoTime() - began) / 1e9;
    }

    private void put() {
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = filled(allocator)) {
            here.put("t", root);
        }
    }

    private VectorSchemaRoot filled(BufferAllocator allocator) {
        BigIntVector id = new BigIntVector("id", allocator);
        Float8Vector price = new Float8Vector("price", allocator);
        Float8Vector size = new Float8Vector("size", allocator);
        VarCharVector text = new VarCharVector("text", allocator);
        id.allocateNew(rows);
        price.allocateNew(rows);
        size.allocateNew(rows);
        text.allocateNew((long) rows * TEXT_BYTES, rows);
        for (int row = 0; row < rows; row++) {
            id.set(row, row);
            price.set(row, row * 0.5);
            size.set(row, row * 0.25);
            text.set(row, ("text " + (10_000_000 + row)).getBytes(StandardCharsets.UTF_8));
        }
        VectorSchemaRoot root = new VectorSchemaRoot(List.of(id, price, size, text));
        root.setRowCount(rows);
        return root;
    }

    private boolean sameContent() {
        try (ShelfTable ours = there.get("t");
                ShelfTable theirs = here.get("t");
                ArrowReader left = ours.reader();
                ArrowReader right = theirs.reader()) {
            boolean equal = left.loadNextBatch() && right.loadNextBatch();
            for (int column = 0;
                    column < left.getVectorSchemaRoot().getSchema().getFields().size();
                    column++) {
                FieldVector one = left.getVectorSchemaRoot().getVector(column);
                FieldVector other = right.getVectorSchemaRoot().getVector(column);
                equal &= VectorEqualsVisitor.vectorEquals(one, other);
            }
            return equal && ours.rowCount() == rows;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void removeAll(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /// The values of the published table, got and set as they are.
    private static final class Values implements AutoCloseable {
        private final RedisLink link;
        private final List<byte[]> keys;
        private final List<byte[]> newKeys;
        private final List<Long> lengths;
        private final Arena arena = Arena.ofShared();
        private final MemorySegment memory;

        Values(RedisLink link) {
            this.link = link;
            this.keys = link.scan("*:g*".getBytes(StandardCharsets.UTF_8));
            this.newKeys =
                    IntStream.range(0, keys.size())
                            .mapToObj(i -> ("new:" + i).getBytes(StandardCharsets.UTF_8))
                            .toList();
            this.lengths = keys.stream().map(key -> link.length(key).join()).toList();
            this.memory = arena.allocate(bytes());
            memory.fill((byte) 1); // pages are not what is measured
        }

        long bytes() {
            return lengths.stream().mapToLong(Long::longValue).sum();
        }

        void get() {
            each(keys, (key, value) -> link.get(key, value));
        }

        void set() {
            set(keys);
        }

        void setAnew() {
            set(newKeys);
        }

        void removeNew() {
            link.remove(newKeys).join();
        }

        private void set(List<byte[]> names) {
            each(
                    names,
                    (key, value) -> link.set(key, ChunkBytes.of(List.of(value)), Duration.ZERO));
        }

        private void each(
                List<byte[]> names,
                BiFunction<byte[], MemorySegment, CompletableFuture<?>> command) {
            Deque<CompletableFuture<?>> under = new ArrayDeque<>();
            long at = 0;
            for (int i = 0; i < names.size(); i++) {
                if (under.size() == UNDER_WAY) {
                    under.removeFirst().join();
                }
                under.add(command.apply(names.get(i), memory.asSlice(at, lengths.get(i))));
                at += lengths.get(i);
            }
            under.forEach(CompletableFuture::join);
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
