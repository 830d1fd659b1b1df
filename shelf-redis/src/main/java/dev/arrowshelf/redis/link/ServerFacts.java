package dev.arrowshelf.redis.link;

/// What the masters say of their memory.
///
/// @param masters how many masters there are
/// @param maxMemoryBytes their limits together; 0 where one of them has none, or does not say
/// @param usedMemoryBytes what they use together
/// @param evictionPolicy the policy of the first one that says; empty where none does
public record ServerFacts(
        int masters, long maxMemoryBytes, long usedMemoryBytes, String evictionPolicy) {
    /// Returns whether keys that were not given a time to live may be evicted.
    public boolean mayEvict() {
        return evictionPolicy.startsWith("allkeys");
    }
}
