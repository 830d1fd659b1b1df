package dev.arrowshelf.bench;

import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.redis.process.PrivateRedis;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/// Values of 1 to 4 MB that our link sets and gets from and into memory outside the heap, with
/// redis-benchmark of the same sizes and connections in turn.
///
/// Run: `scripts/bench-java dev.arrowshelf.bench.RedisValueBenchmark [--quick]`; prints one JSON
/// row a line. Needs redis-benchmark on the PATH.
public final class RedisValueBenchmark {
    private static final int MIB = 1 << 20;
    private static final int[] SIZES = {MIB, 5 * MIB / 2, 4 * MIB};
    private static final int CONNECTIONS = 2;
    private static final int KEYS = 40;
    private static final int WARM_UP = 4;
    private static final double GOAL = 0.9;

    private final RedisLink link;
    private final int port;
    private final int valueBytes;
    private final int rounds;
    private final MemorySegment source;
    private final MemorySegment target;
    private boolean equal = true;

    private RedisValueBenchmark(RedisLink link, int port, int valueBytes, int rounds, Arena arena) {
        this.link = link;
        this.port = port;
        this.valueBytes = valueBytes;
        this.rounds = rounds;
        this.source = arena.allocate((long) valueBytes * KEYS);
        this.target = arena.allocate((long) valueBytes * KEYS);
        for (long at = 0; at < source.byteSize(); at += Long.BYTES) {
            source.set(ValueLayout.JAVA_LONG_UNALIGNED, at, at * 0x9E3779B97F4A7C15L);
        }
    }

    /// Runs all sizes against one Redis.
    public static void main(String[] arguments) throws IOException {
        int rounds = List.of(arguments).contains("--quick") ? 3 : 7;
        try (PrivateRedis redis = PrivateRedis.start();
                RedisLink link = RedisLink.connect(RedisOptions.of(redis.url()))) {
            for (int bytes : SIZES) {
                try (Arena arena = Arena.ofShared()) {
                    new RedisValueBenchmark(link, redis.port(), bytes, rounds, arena).run();
                }
            }
        }
    }

    private void run() throws IOException {
        Map<String, List<Double>> ours = new HashMap<>();
        Map<String, List<Double>> theirs = new HashMap<>();
        for (int round = -WARM_UP; round < rounds; round++) {
            target.fill((byte) 0);
            double set =
                    each(key ->
                            link.set(
                                    key(key),
                                    ChunkBytes.of(List.of(value(source, key))),
                                    Duration.ZERO));
            double get = each(key -> link.get(key(key), value(target, key)));
            equal &= source.mismatch(target) < 0;
            Map<String, Double> peer = redisBenchmark();
            if (round >= 0) {
                ours.computeIfAbsent("SET", _ -> new ArrayList<>()).add(set);
                ours.computeIfAbsent("GET", _ -> new ArrayList<>()).add(get);
                peer.forEach((what, rate) ->
                        theirs.computeIfAbsent(what, _ -> new ArrayList<>()).add(rate));
            }
        }
        for (String what : List.of("SET", "GET")) {
            print(
                    what,
                    median(ours.getOrDefault(what, List.of())),
                    median(theirs.getOrDefault(what, List.of())));
        }
    }

    private void print(String what, double ours, double theirs) {
        new BenchmarkRow(
                        "%s of values of %.1f MiB, %d connections"
                                .formatted(what, (double) valueBytes / MIB, CONNECTIONS),
                        "MiB/s",
                        ours,
                        ">= 0.9 x redis-benchmark",
                        ours >= GOAL * theirs,
                        Map.of("redis-benchmark", theirs),
                        equal)
                .print();
    }

    private static double median(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalStateException("redis-benchmark printed no rates");
        }
        return BenchmarkRow.median(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private static byte[] key(int number) {
        return ("value:" + number).getBytes(StandardCharsets.UTF_8);
    }

    private MemorySegment value(MemorySegment memory, int number) {
        return memory.asSlice((long) number * valueBytes, valueBytes);
    }

    /// Runs a command for each key, a few under way, and returns MiB/s.
    private double each(IntFunction<CompletableFuture<?>> command) {
        Deque<CompletableFuture<?>> under = new ArrayDeque<>();
        long began = System.nanoTime();
        for (int key = 0; key < KEYS; key++) {
            if (under.size() == 2 * CONNECTIONS) {
                under.removeFirst().join();
            }
            under.add(command.apply(key));
        }
        under.forEach(CompletableFuture::join);
        return (double) KEYS * valueBytes / MIB / ((System.nanoTime() - began) / 1e9);
    }

    private Map<String, Double> redisBenchmark() throws IOException {
        Process process =
                new ProcessBuilder(
                                "redis-benchmark",
                                "-p",
                                Integer.toString(port),
                                "-t",
                                "set,get",
                                "-c",
                                Integer.toString(CONNECTIONS),
                                "-n",
                                Integer.toString(3 * KEYS),
                                "-r",
                                Integer.toString(KEYS),
                                "-d",
                                Integer.toString(valueBytes),
                                "--csv")
                        .start();
        Map<String, Double> rates = new HashMap<>();
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] cells = line.replace("\"", "").split(",", -1);
                if (cells[0].equals("SET") || cells[0].equals("GET")) {
                    rates.put(cells[0], Double.parseDouble(cells[1]) * valueBytes / MIB);
                }
            }
        }
        return rates;
    }
}
