package dev.arrowshelf.bench;

import dev.arrowshelf.bench.flight.ChildServer;
import dev.arrowshelf.bench.flight.FlightSample;
import dev.arrowshelf.bench.flight.LeanFlightClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/// Flight DoGet and DoPut of 100 MB batches: our server, arrow-java's plain one and pyarrow's C++
/// one, each in a process of its own, with the same client. The lean client only moves bytes, so
/// that the server is what is measured; with pyarrow's client most of the time is its own.
///
/// Run: `scripts/bench-java dev.arrowshelf.bench.FlightBenchmark [--quick]`; prints one JSON row a
/// line. `SHELF_PYTHON` names a Python with pyarrow; without it those rows are left out.
public final class FlightBenchmark {
    private static final double GOAL = 2;

    private static final int PASSES = 3;
    private static final int WARM_UP = 2;

    private final Path scratch;
    private final int batches;
    private final int rounds;
    private final Optional<String> python;
    private final Map<String, Figures> lean = new LinkedHashMap<>();
    private final Map<String, Figures> pyarrow = new LinkedHashMap<>();

    /// Seconds of each round.
    private static final class Figures {
        final List<Double> puts = new ArrayList<>();
        final List<Double> gets = new ArrayList<>();
        boolean equal = true;
    }

    private FlightBenchmark(Path scratch, boolean quick) {
        this.scratch = scratch;
        this.batches = quick ? 1 : 4;
        this.rounds = quick ? 1 : 3;
        this.python = Optional.ofNullable(System.getenv("SHELF_PYTHON"));
    }

    /// Measures all servers in turn.
    public static void main(String[] arguments) throws Exception {
        Path scratch = Files.createTempDirectory(Path.of("/dev/shm"), "flight-benchmark-");
        try {
            new FlightBenchmark(scratch, List.of(arguments).contains("--quick")).run();
        } finally {
            for (String left : List.of("server.py", "client.py")) {
                Files.deleteIfExists(scratch.resolve(left));
            }
            Files.delete(scratch);
        }
    }

    /// The servers take turns, so that what else the machine does falls on all of them.
    private void run() throws Exception {
        List<String> flags = ManagementFactory.getRuntimeMXBean().getInputArguments();
        Map<String, ChildServer> servers = new LinkedHashMap<>();
        try {
            servers.put(
                    "arrowshelf",
                    ChildServer.java(flags, "ours", scratch.resolve("shelf").toString()));
            servers.put("arrow-java", ChildServer.java(flags, "plain", String.valueOf(batches)));
            if (python.isPresent()) {
                Path script = ChildServer.script(scratch, "server.py");
                servers.put(
                        "pyarrow",
                        ChildServer.python(
                                python.get(),
                                script,
                                String.valueOf(FlightSample.ROWS),
                                String.valueOf(batches)));
            }
            for (int pass = 0; pass < PASSES; pass++) {
                for (Map.Entry<String, ChildServer> server : servers.entrySet()) {
                    measure(server.getKey(), server.getValue().port());
                }
            }
        } finally {
            for (ChildServer server : servers.values()) {
                server.close();
            }
        }
        print("a client that only moves bytes", lean);
        if (!pyarrow.isEmpty()) {
            print("pyarrow's client", pyarrow);
        }
    }

    private void measure(String name, int port) throws Exception {
        try (BufferAllocator allocator = new RootAllocator();
                LeanFlightClient client = new LeanFlightClient(port, allocator)) {
            lean(client, lean.computeIfAbsent(name, _ -> new Figures()));
        }
        if (python.isPresent()) {
            pyarrow(python.get(), port, pyarrow.computeIfAbsent(name, _ -> new Figures()));
        }
    }

    private void lean(LeanFlightClient client, Figures figures) {
        for (int round = -WARM_UP; round < rounds; round++) {
            long started = System.nanoTime();
            client.put(batches);
            record(figures.puts, round, started);
        }
        for (int round = -WARM_UP; round < rounds; round++) {
            long started = System.nanoTime();
            client.get(false);
            record(figures.gets, round, started);
        }
        LeanFlightClient.Received whole = client.get(true);
        figures.equal &=
                whole.bytes() >= batches * FlightSample.BYTES
                        && whole.checksum() == client.expectedChecksum();
    }

    private static void record(List<Double> seconds, int round, long started) {
        if (round >= 0) {
            seconds.add((System.nanoTime() - started) / 1e9);
        }
    }

    /// Returns GB a second.
    private double rate(List<Double> seconds) {
        double[] all = seconds.stream().mapToDouble(Double::doubleValue).toArray();
        return batches * FlightSample.BYTES / 1e9 / BenchmarkRow.median(all);
    }

    /// The script checks the rows itself.
    private void pyarrow(String interpreter, int port, Figures figures)
            throws IOException, InterruptedException {
        Path script = scratch.resolve("client.py");
        if (!Files.exists(script)) {
            ChildServer.script(scratch, "client.py");
        }
        Process client =
                new ProcessBuilder(
                                interpreter,
                                script.toString(),
                                String.valueOf(port),
                                String.valueOf(FlightSample.ROWS),
                                String.valueOf(batches),
                                String.valueOf(rounds),
                                FlightSample.NAME)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (BufferedReader output = client.inputReader(StandardCharsets.UTF_8)) {
            figures.puts.addAll(seconds(output.readLine()));
            figures.gets.addAll(seconds(output.readLine()));
            figures.equal &= client.waitFor() == 0;
        }
    }

    private static List<Double> seconds(String line) {
        return Arrays.stream(line.split(" ", -1)).map(Double::valueOf).toList();
    }

    private void print(String client, Map<String, Figures> figures) {
        boolean equal = figures.values().stream().allMatch(each -> each.equal);
        Map<String, Double> puts = new LinkedHashMap<>();
        Map<String, Double> gets = new LinkedHashMap<>();
        figures.forEach((name, each) -> {
            puts.put(name, rate(each.puts));
            gets.put(name, rate(each.gets));
        });
        print("Flight DoPut, 100 MB batches, " + client, puts, equal);
        print("Flight DoGet, 100 MB batches, " + client, gets, equal);
    }

    private static void print(String what, Map<String, Double> figures, boolean equal) {
        Map<String, Double> peers = new LinkedHashMap<>(figures);
        double ours = Objects.requireNonNull(peers.remove("arrowshelf"));
        boolean met = ours >= GOAL * peers.getOrDefault("arrow-java", Double.NaN);
        new BenchmarkRow(what, "GB/s", ours, ">= 2 x arrow-java", met, peers, equal).print();
    }
}
