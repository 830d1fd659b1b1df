package dev.arrowshelf.store.evict;

import dev.arrowshelf.store.model.PolicyKind;
import dev.arrowshelf.store.model.PolicyWeights;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// Replays accesses against a policy and counts how many of them memory would have answered. For
/// one thread.
///
/// An access to a table that is not in memory is a miss, and brings it in; tables leave one by one
/// until it fits. One that is larger than memory is never in it.
public final class TraceReplay {
    private final EvictionPolicy policy;
    private final long capacityBytes;
    private final Map<String, Candidate> tables = new HashMap<>();
    private long usedBytes;
    private long order;
    private long hits;
    private long accesses;
    private long hitBytes;
    private long accessedBytes;

    private TraceReplay(PolicyKind kind, long capacityBytes) {
        this.policy = EvictionPolicy.of(kind, PolicyWeights.DEFAULT, capacityBytes);
        this.capacityBytes = capacityBytes;
    }

    /// One access of a trace.
    ///
    /// @param name which table
    /// @param bytes how large it is
    public record Access(String name, long bytes) {
        /// Checks the size.
        public Access {
            if (bytes <= 0) {
                throw new IllegalArgumentException(
                        "size is not positive: name=" + name + ", bytes=" + bytes);
            }
        }
    }

    /// What came of a replay.
    ///
    /// @param hitRatio part of the accesses that were answered
    /// @param byteHitRatio part of the bytes
    public record Outcome(double hitRatio, double byteHitRatio) {}

    /// Replays a trace in a memory of some size.
    public static Outcome run(List<Access> trace, PolicyKind kind, long capacityBytes) {
        TraceReplay replay = new TraceReplay(kind, capacityBytes);
        trace.forEach(replay::access);
        return new Outcome(
                (double) replay.hits / Math.max(1, replay.accesses),
                (double) replay.hitBytes / Math.max(1, replay.accessedBytes));
    }

    /// Returns the bytes of all different tables of a trace.
    public static long distinctBytes(List<Access> trace) {
        Map<String, Long> sizes = new HashMap<>();
        trace.forEach(access -> sizes.put(access.name(), access.bytes()));
        return sizes.values().stream().mapToLong(Long::longValue).sum();
    }

    private void access(Access access) {
        accesses++;
        accessedBytes += access.bytes();
        order++;
        Candidate known = tables.get(access.name());
        if (known != null && known.bytes() == access.bytes()) {
            hits++;
            hitBytes += access.bytes();
            policy.used(known, 1, order);
            return;
        }
        if (known != null) {
            leave(known);
        }
        if (access.bytes() > capacityBytes) {
            return;
        }
        Candidate fresh = new Candidate(access.name(), order, access.bytes(), order, 0);
        tables.put(access.name(), fresh);
        policy.added(fresh);
        usedBytes += fresh.bytes();
        while (usedBytes > capacityBytes) {
            Iterator<Candidate> coldest = policy.coldestFirst();
            leave(coldest.next());
        }
    }

    private void leave(Candidate table) {
        policy.removed(table);
        tables.remove(table.name());
        usedBytes -= table.bytes();
    }
}
