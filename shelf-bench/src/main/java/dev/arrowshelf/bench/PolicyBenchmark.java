package dev.arrowshelf.bench;

import dev.arrowshelf.store.evict.TraceReplay;
import dev.arrowshelf.store.evict.TraceReplay.Access;
import dev.arrowshelf.store.model.EvictionOptions;
import dev.arrowshelf.store.model.PolicyKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/// How many bytes of an access trace memory would have answered, by the default policy and by the
/// others, with memory for a tenth and for a half of all tables.
///
/// Seeded and free of clocks: the figures are the same on every machine.
///
/// Run: `scripts/bench-java dev.arrowshelf.bench.PolicyBenchmark [--quick]`; prints one JSON row a
/// line.
public final class PolicyBenchmark {
    private static final int[] PERCENT = {10, 50};
    private static final double MOST_BELOW_BEST = 1;
    private static final long MIB = 1L << 20;
    private static final long SEED = 20_26;

    private final Random random = new Random(SEED);
    private final int accesses;
    private final int tables;

    private PolicyBenchmark(boolean quick) {
        this.accesses = quick ? 20_000 : 120_000;
        this.tables = quick ? 500 : 2_000;
    }

    /// Replays all traces.
    public static void main(String[] arguments) {
        PolicyBenchmark benchmark = new PolicyBenchmark(List.of(arguments).contains("--quick"));
        benchmark.compare("zipf, equal sizes", benchmark.zipf());
        benchmark.compare("scans and a loop beside hot tables", benchmark.scansAndLoop());
        benchmark.compare("zipf, sizes from 4 KiB to 64 MiB", benchmark.mixedSizes());
        benchmark.compare("popularity that moves on", benchmark.moving());
    }

    private void compare(String name, List<Access> trace) {
        long all = TraceReplay.distinctBytes(trace);
        for (int percent : PERCENT) {
            Map<String, Double> others = new LinkedHashMap<>();
            double ours = 0;
            double best = 0;
            List<PolicyKind> kinds = List.of(PolicyKind.values());
            List<Double> ratios =
                    kinds.parallelStream()
                            .map(kind -> TraceReplay.run(trace, kind, all * percent / 100))
                            .map(replayed -> 100 * replayed.byteHitRatio())
                            .toList();
            for (int i = 0; i < kinds.size(); i++) {
                PolicyKind kind = kinds.get(i);
                double ratio = ratios.get(i);
                best = Math.max(best, ratio);
                if (kind == EvictionOptions.DEFAULT.policy()) {
                    ours = ratio;
                } else {
                    others.put(kind.text(), ratio);
                }
            }
            new BenchmarkRow(
                            "bytes answered, %s, memory for %d %%".formatted(name, percent),
                            "%",
                            ours,
                            String.format(
                                    Locale.ROOT, ">= the best of all less %.0f", MOST_BELOW_BEST),
                            ours >= best - MOST_BELOW_BEST,
                            others,
                            true)
                    .print();
        }
    }

    private List<Access> zipf() {
        Zipf popularity = new Zipf(tables, 0.9);
        List<Access> trace = new ArrayList<>(accesses);
        for (int i = 0; i < accesses; i++) {
            trace.add(new Access("t" + popularity.next(random), MIB));
        }
        return trace;
    }

    /// Half of the accesses go to a tenth of the tables; the others walk through all again and
    /// again, or through tables that are never seen twice.
    private List<Access> scansAndLoop() {
        Zipf popularity = new Zipf(tables / 10, 0.7);
        List<Access> trace = new ArrayList<>(accesses);
        int loop = 0;
        int once = 0;
        while (trace.size() < accesses) {
            boolean scans = random.nextInt(4) == 0;
            int run = 20 + random.nextInt(80);
            for (int i = 0; i < run; i++) {
                trace.add(new Access("hot" + popularity.next(random), MIB));
                if (scans) {
                    trace.add(new Access("once" + once++ % (4 * tables), MIB));
                } else {
                    trace.add(new Access("loop" + loop++ % tables, MIB));
                }
            }
        }
        return trace;
    }

    private List<Access> mixedSizes() {
        Zipf popularity = new Zipf(tables, 0.9);
        long[] sizes = new long[tables];
        for (int i = 0; i < tables; i++) {
            sizes[i] = (long) (4_096 * Math.pow(2, 14 * random.nextDouble()));
        }
        List<Access> trace = new ArrayList<>(accesses);
        for (int i = 0; i < accesses; i++) {
            int table = popularity.next(random);
            trace.add(new Access("t" + table, sizes[table]));
        }
        return trace;
    }

    /// Which tables are hot changes little by little.
    private List<Access> moving() {
        Zipf popularity = new Zipf(tables, 1.0);
        List<Access> trace = new ArrayList<>(accesses);
        for (int i = 0; i < accesses; i++) {
            int shift = i / (accesses / 20) * (tables / 40);
            trace.add(new Access("t" + (popularity.next(random) + shift) % tables, MIB));
        }
        return trace;
    }

    /// Ranks with a probability of one over the rank to some power.
    private static final class Zipf {
        private final double[] upTo;

        Zipf(int ranks, double exponent) {
            upTo = new double[ranks];
            double sum = 0;
            for (int i = 0; i < ranks; i++) {
                sum += Math.pow(i + 1, -exponent);
                upTo[i] = sum;
            }
        }

        int next(Random random) {
            double wanted = random.nextDouble() * upTo[upTo.length - 1];
            int low = 0;
            int high = upTo.length - 1;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (upTo[middle] < wanted) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }
    }
}
