package dev.arrowshelf.bench;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.redis.process.PrivateRedis;
import dev.arrowshelf.redis.tier.RedisTier;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.tier.TierOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;

/// Many hosts that share tables through one Redis, in one process: shelves with directories and
/// connections of their own, each read by a client all the time, while the tables are replaced.
/// What Redis was asked for stands beside what docs/guide/scale.md says.
///
/// Run: `scripts/bench-java dev.arrowshelf.bench.FleetBenchmark [--quick]`; prints one JSON row a
/// line.
public final class FleetBenchmark {
    private static final int NAMES = 5;
    private static final int ROWS = 125_000;
    private static final double TABLE_BYTES = ROWS * 8.0;
    private static final Duration REFRESH = Duration.ofSeconds(1);
    private static final double LATEST_SECONDS = 1.5 * REFRESH.toMillis() / 1000;
    private static final long QUIET_MILLIS = 4000;
    private static final long PATIENCE_SECONDS = 120;
    private static final double MIB = 1 << 20;

    private final PrivateRedis redis;
    private final Path scratch;
    private final int hosts;
    private final List<Shelf> fleet = new ArrayList<>();
    private final LongAdder reads = new LongAdder();
    private final LongAdder wrong = new LongAdder();

    private FleetBenchmark(PrivateRedis redis, Path scratch, int hosts) {
        this.redis = redis;
        this.scratch = scratch;
        this.hosts = hosts;
    }

    /// Runs fleets of several sizes, each with a Redis and directories of its own.
    public static void main(String[] arguments) throws IOException, InterruptedException {
        int[] sizes =
                List.of(arguments).contains("--quick") ? new int[] {5} : new int[] {10, 50, 150};
        for (int hosts : sizes) {
            Path scratch = Files.createTempDirectory(Path.of("/dev/shm"), "fleet-benchmark-");
            try (PrivateRedis redis = PrivateRedis.start()) {
                new FleetBenchmark(redis, scratch, hosts).run();
            } finally {
                removeAll(scratch);
            }
        }
    }

    private void run() throws IOException, InterruptedException {
        AtomicBoolean done = new AtomicBoolean();
        List<Thread> clients = new ArrayList<>();
        try (Shelf publisher = shelf("publisher", Duration.ofHours(1))) {
            publishAll(publisher, 0);
            double opening = seconds(this::open);
            RedisInfo full = RedisInfo.of(redis.port());
            for (Shelf shelf : fleet) {
                clients.add(Thread.ofPlatform().name("client").start(() -> read(shelf, done)));
            }
            RedisInfo before = RedisInfo.of(redis.port());
            pause(QUIET_MILLIS);
            RedisInfo after = RedisInfo.of(redis.port());
            double compared = after.calls("getrange") - before.calls("getrange");
            double span = (after.nanos() - before.nanos()) / 1e9;
            double fetched = after.calls("get") - before.calls("get");
            RedisInfo old = RedisInfo.of(redis.port());
            long began = System.nanoTime();
            publishAll(publisher, 1);
            double published = (System.nanoTime() - began) / 1e9;
            awaitAll(1);
            double everywhere = (System.nanoTime() - began) / 1e9 - published;
            double sent = RedisInfo.of(redis.port()).sentBytes() - old.sentBytes();
            done.set(true);
            for (Thread client : clients) {
                client.join();
            }
            boolean equal = wrong.sum() == 0;
            // Two of each host, and one more since large values came to it, one at a time.
            print("connections to Redis", "", full.connections() - 3, 3.0 * hosts, equal);
            print(
                    "comparisons",
                    "/s",
                    compared / span,
                    hosts * NAMES / (REFRESH.toMillis() / 1e3),
                    equal);
            print("fetches while nothing changes", "", fetched, 0, equal);
            print(
                    "bytes that Redis sends when all tables are replaced",
                    "MiB",
                    sent / MIB,
                    hosts * NAMES * TABLE_BYTES / MIB,
                    equal);
            print("until every host has the new tables", "s", everywhere, LATEST_SECONDS, equal);
            print(
                    "first gets of all tables by all hosts, one host after the other",
                    "s",
                    opening,
                    0,
                    equal);
            print(
                    "reads by clients meanwhile",
                    "/s",
                    reads.sum() / (span + published + everywhere),
                    0,
                    equal);
        } finally {
            done.set(true);
            for (Shelf shelf : fleet) {
                shelf.close();
            }
        }
    }

    /// @param model what the page's model says; 0 where it says nothing
    private void print(String what, String unit, double value, double model, boolean equal) {
        new BenchmarkRow(
                        "%d hosts in one process: %s".formatted(hosts, what),
                        unit,
                        value,
                        "-",
                        true,
                        model == 0 ? Map.of() : Map.of("model", model),
                        equal)
                .print();
    }

    private Shelf shelf(String host, Duration refresh) {
        ShelfOptions options =
                ShelfOptions.of(scratch.resolve(host))
                        .withMemoryLimit(ByteSize.parse("64MiB"))
                        .withWarmPool(new ByteSize(0));
        RedisTier tier = RedisTier.open(RedisOptions.of(redis.url()), RedisTier.DEFAULT_PREFIX);
        return Shelf.open(options, tier, new TierOptions(refresh));
    }

    private void open() {
        for (int host = 0; host < hosts; host++) {
            Shelf shelf = shelf("host-" + host, REFRESH);
            fleet.add(shelf);
            for (int name = 0; name < NAMES; name++) {
                shelf.get("t" + name).close();
            }
        }
    }

    private static void publishAll(Shelf publisher, long seed) {
        for (int name = 0; name < NAMES; name++) {
            put(publisher, "t" + name, seed);
            publisher.publish("t" + name);
        }
    }

    private static void put(Shelf shelf, String name, long seed) {
        try (BufferAllocator allocator = new RootAllocator();
                BigIntVector values = new BigIntVector("v", allocator);
                VectorSchemaRoot root = new VectorSchemaRoot(List.of(values))) {
            values.allocateNew(ROWS);
            for (int row = 0; row < ROWS; row++) {
                values.set(row, seed + row);
            }
            root.setRowCount(ROWS);
            shelf.put(name, root);
        }
    }

    /// A client: looks at the ends of a table that must belong together.
    private void read(Shelf shelf, AtomicBoolean done) {
        long[] last = new long[NAMES];
        for (int round = 0; !done.get(); round++) {
            int name = round % NAMES;
            long seed = seed(shelf, "t" + name);
            if (seed < last[name]) {
                wrong.increment();
            }
            last[name] = seed;
            reads.increment();
            pause(10);
        }
    }

    private long seed(Shelf shelf, String name) {
        try (ShelfTable table = shelf.get(name);
                ArrowReader reader = table.reader()) {
            reader.loadNextBatch();
            BigIntVector values = (BigIntVector) reader.getVectorSchemaRoot().getVector(0);
            long first = values.get(0);
            if (values.get(ROWS - 1) != first + ROWS - 1) {
                wrong.increment();
            }
            return first;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void awaitAll(long seed) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        for (Shelf shelf : fleet) {
            for (int name = 0; name < NAMES; name++) {
                while (seed(shelf, "t" + name) != seed) {
                    if (System.nanoTime() > deadline) {
                        throw new IllegalStateException("hosts did not follow: hosts=" + hosts);
                    }
                    pause(5);
                }
            }
        }
    }

    private static double seconds(Runnable action) {
        long began = System.nanoTime();
        action.run();
        return (System.nanoTime() - began) / 1e9;
    }

    private static void pause(long millis) {
        try {
            boolean _ = new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void removeAll(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
