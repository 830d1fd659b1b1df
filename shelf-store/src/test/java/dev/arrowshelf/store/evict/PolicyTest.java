package dev.arrowshelf.store.evict;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.evict.TraceReplay.Access;
import dev.arrowshelf.store.model.PolicyKind;
import dev.arrowshelf.store.model.PolicyWeights;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class PolicyTest {
    private static final int TABLES = 400;
    private static final int ACCESSES = 20_000;

    private final long seed = Long.getLong("shelf.seed", System.nanoTime());
    private final Random random = new Random(seed);

    @ParameterizedTest
    @EnumSource
    void givesEveryTableOnceAndNoneThatIsGone(PolicyKind kind) {
        EvictionPolicy policy = EvictionPolicy.of(kind, PolicyWeights.DEFAULT, 100_000);
        List<Candidate> tables = new ArrayList<>();
        for (int round = 0; round < 2_000; round++) {
            switch (random.nextInt(4)) {
                case 0 -> {
                    Candidate table =
                            new Candidate(
                                    "t" + random.nextInt(50),
                                    round,
                                    1 + random.nextInt(9_000),
                                    round,
                                    random.nextInt(2) * (long) round);
                    tables.add(table);
                    policy.added(table);
                }
                case 1 -> {
                    if (!tables.isEmpty()) {
                        policy.removed(tables.remove(random.nextInt(tables.size())));
                    }
                }
                default -> {
                    if (!tables.isEmpty()) {
                        policy.used(tables.get(random.nextInt(tables.size())), 1, round);
                    }
                }
            }
        }
        List<Candidate> given = new ArrayList<>();
        policy.coldestFirst().forEachRemaining(given::add);
        assertThat(given).as("seed=%d", seed).containsExactlyInAnyOrderElementsOf(tables);
    }

    @Test
    void eachOrderIsWhatItsNameSays() {
        assertThat(first(PolicyKind.LRU)).isEqualTo("b");
        assertThat(first(PolicyKind.LFU)).isEqualTo("b");
        assertThat(first(PolicyKind.FIFO)).isEqualTo("a");
        assertThat(first(PolicyKind.SIZE)).isEqualTo("c");
        assertThat(first(PolicyKind.TTL)).isEqualTo("b");
    }

    @ParameterizedTest
    @EnumSource(names = {"LRU", "WEIGHTED"})
    void aNewTableIsNotOlderThanOneThatWasUsedOftenBefore(PolicyKind kind) {
        EvictionPolicy policy = EvictionPolicy.of(kind, new PolicyWeights(1, 0, 0, 0), 1_000);
        Candidate often = new Candidate("often", 1, 10, 1, 0);
        policy.added(often);
        for (int time = 0; time < 10; time++) {
            policy.used(often, 1, 1);
        }
        policy.added(new Candidate("new", 2, 10, 2, 0));
        assertThat(policy.coldestFirst().next()).isSameAs(often);
    }

    private static String first(PolicyKind kind) {
        EvictionPolicy policy = EvictionPolicy.of(kind, PolicyWeights.DEFAULT, 1_000);
        Candidate a = new Candidate("a", 1, 10, 1, 900);
        Candidate b = new Candidate("b", 2, 20, 2, 800);
        Candidate c = new Candidate("c", 3, 30, 3, 0);
        List.of(a, b, c).forEach(policy::added);
        policy.used(c, 1, 4);
        policy.used(a, 2, 5);
        Iterator<Candidate> coldest = policy.coldestFirst();
        return coldest.next().name();
    }

    @Test
    void theDefaultIsAsGoodAsTheBestInBytes() {
        for (int percent : new int[] {10, 50}) {
            check("zipf", zipf(), percent);
            check("scan and loop", scanAndLoop(), percent);
            check("mixed sizes", mixedSizes(), percent);
        }
    }

    private void check(String what, List<Access> trace, int percent) {
        long memory = TraceReplay.distinctBytes(trace) * percent / 100;
        double best = 0;
        StringBuilder all = new StringBuilder();
        for (PolicyKind kind : PolicyKind.values()) {
            double ratio = TraceReplay.run(trace, kind, memory).byteHitRatio();
            best = Math.max(best, ratio);
            all.append(" %s=%.4f".formatted(kind.text(), ratio));
        }
        assertThat(TraceReplay.run(trace, PolicyKind.TINYLFU, memory).byteHitRatio())
                .as("%s, memory=%d %%, seed=%d:%s", what, percent, seed, all)
                .isGreaterThanOrEqualTo(0.99 * best - 0.005);
    }

    private List<Access> zipf() {
        List<Access> trace = new ArrayList<>();
        for (int i = 0; i < ACCESSES; i++) {
            trace.add(new Access("t" + zipf(TABLES), 1_000));
        }
        return trace;
    }

    /// Most often the small numbers: rank r about as often as 1/r.
    private int zipf(int tables) {
        return (int) Math.exp(random.nextDouble() * Math.log(tables));
    }

    /// A few tables over and over, and in between long walks over tables that never come again.
    private List<Access> scanAndLoop() {
        List<Access> trace = new ArrayList<>();
        int fresh = 0;
        while (trace.size() < ACCESSES) {
            for (int i = 0; i < 60; i++) {
                trace.add(new Access("loop" + i, 1_000));
            }
            for (int i = 0; i < 30; i++) {
                trace.add(new Access("scan" + fresh++ % 2_000, 1_000));
            }
        }
        return trace;
    }

    private List<Access> mixedSizes() {
        List<Access> trace = new ArrayList<>();
        for (int i = 0; i < ACCESSES; i++) {
            int table = zipf(TABLES);
            trace.add(new Access("t" + table, 100L << new Random(table).nextInt(8)));
        }
        return trace;
    }
}
