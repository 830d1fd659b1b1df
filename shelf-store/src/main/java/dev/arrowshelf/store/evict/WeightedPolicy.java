package dev.arrowshelf.store.evict;

import dev.arrowshelf.store.model.PolicyWeights;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/// Weighs recency, frequency, smallness and youth, each as a part of the greatest there is; the
/// least sum leaves first.
final class WeightedPolicy implements EvictionPolicy {
    private final PolicyWeights weights;
    private final Set<Candidate> tables = new HashSet<>();
    private long clock;

    WeightedPolicy(PolicyWeights weights) {
        this.weights = weights;
    }

    @Override
    public void added(Candidate table) {
        table.enter(++clock);
        tables.add(table);
    }

    @Override
    public void used(Candidate table, long times, long nowMillis) {
        table.use(times, nowMillis, ++clock);
    }

    @Override
    public void removed(Candidate table) {
        tables.remove(table);
    }

    @Override
    public Iterator<Candidate> coldestFirst() {
        long mostUses = 1;
        long mostBytes = 1;
        long newest = 1;
        for (Candidate table : tables) {
            mostUses = Math.max(mostUses, table.uses());
            mostBytes = Math.max(mostBytes, table.bytes());
            newest = Math.max(newest, Math.max(table.lastOrder(), table.order()));
        }
        record Scored(Candidate table, double score) {}
        List<Scored> scored = new ArrayList<>(tables.size());
        for (Candidate table : tables) {
            double score =
                    weights.recency() * table.lastOrder() / newest
                            + weights.frequency() * table.uses() / mostUses
                            + weights.size() * (1 - (double) table.bytes() / mostBytes)
                            + weights.age() * table.order() / newest;
            scored.add(new Scored(table, score));
        }
        scored.sort(
                Comparator.comparingDouble(Scored::score)
                        .thenComparingLong(each -> each.table().order()));
        return scored.stream().map(Scored::table).iterator();
    }
}
