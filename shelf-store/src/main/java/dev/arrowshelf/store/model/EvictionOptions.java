package dev.arrowshelf.store.model;

import dev.arrowshelf.memory.ByteSize;

/// When tables leave memory, and which.
///
/// @param mode what becomes of them
/// @param policy which go first
/// @param weights of the weighted policy
/// @param highWater part of the memory limit above which tables leave
/// @param lowWater part of the memory limit down to which they leave then
/// @param hostReserve available memory of the host below which tables leave as well; 0 is never
public record EvictionOptions(
        EvictionMode mode,
        PolicyKind policy,
        PolicyWeights weights,
        double highWater,
        double lowWater,
        ByteSize hostReserve) {
    /// Spilling from nine tenths of the limit down to eight, by W-TinyLFU.
    public static final EvictionOptions DEFAULT =
            new EvictionOptions(
                    EvictionMode.SPILL,
                    PolicyKind.TINYLFU,
                    PolicyWeights.DEFAULT,
                    0.9,
                    0.8,
                    new ByteSize(0));

    /// Checks the marks.
    public EvictionOptions {
        if (!(lowWater >= 0 && lowWater <= highWater && highWater <= 1)) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "marks of eviction are out of order: low=%s, high=%s, greatest=1"
                            .formatted(lowWater, highWater));
        }
    }

    /// Returns a copy that treats evicted tables otherwise.
    public EvictionOptions withMode(EvictionMode other) {
        return new EvictionOptions(other, policy, weights, highWater, lowWater, hostReserve);
    }

    /// Returns a copy with another policy.
    public EvictionOptions withPolicy(PolicyKind other) {
        return new EvictionOptions(mode, other, weights, highWater, lowWater, hostReserve);
    }

    /// Returns a copy with other marks, parts of the limit.
    public EvictionOptions withMarks(double low, double high) {
        return new EvictionOptions(mode, policy, weights, high, low, hostReserve);
    }
}
