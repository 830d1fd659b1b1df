package dev.arrowshelf.store.evict;

import dev.arrowshelf.store.model.PolicyKind;
import dev.arrowshelf.store.model.PolicyWeights;
import java.util.Comparator;
import java.util.Iterator;

/// Says which table leaves memory first. Not thread-safe.
public interface EvictionPolicy {
    /// A table was put.
    void added(Candidate table);

    /// A table was used.
    void used(Candidate table, long times, long nowMillis);

    /// A table is gone.
    void removed(Candidate table);

    /// Returns the tables, first the one that should leave first. The policy must not be changed
    /// while this is walked.
    Iterator<Candidate> coldestFirst();

    /// Makes a policy.
    ///
    /// @param capacityBytes what fits in memory
    static EvictionPolicy of(PolicyKind kind, PolicyWeights weights, long capacityBytes) {
        return switch (kind) {
            case TINYLFU -> new TinyLfuPolicy(capacityBytes);
            case LRU ->
                    new OrderedPolicy(
                            Comparator.comparingLong(Candidate::lastUseMillis)
                                    .thenComparingLong(Candidate::lastOrder));
            case LFU ->
                    new OrderedPolicy(
                            Comparator.comparingLong(Candidate::uses)
                                    .thenComparingLong(Candidate::lastOrder));
            case FIFO -> new OrderedPolicy(Comparator.comparingLong(Candidate::order));
            case SIZE ->
                    new OrderedPolicy(
                            Comparator.comparingLong(Candidate::bytes)
                                    .reversed()
                                    .thenComparingLong(Candidate::lastOrder));
            case TTL ->
                    new OrderedPolicy(
                            Comparator.<Candidate>comparingLong(table ->
                                            table.expiresMillis() == 0
                                                    ? Long.MAX_VALUE
                                                    : table.expiresMillis())
                                    .thenComparingLong(Candidate::lastOrder));
            case WEIGHTED -> new WeightedPolicy(weights);
        };
    }
}
