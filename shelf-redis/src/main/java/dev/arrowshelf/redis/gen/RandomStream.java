package dev.arrowshelf.redis.gen;

import java.util.random.RandomGenerator;

/// A stream of random numbers that depends on nothing but its seed: SplitMix64. For one thread.
final class RandomStream implements RandomGenerator {
    private static final long GAMMA = 0x9E37_79B9_7F4A_7C15L;

    private long state;

    private RandomStream(long state) {
        this.state = state;
    }

    /// Returns the stream number `number` of a seed.
    static RandomStream of(long seed, long number) {
        return new RandomStream(mix(seed) ^ mix((number * GAMMA) + 1));
    }

    @Override
    public long nextLong() {
        state += GAMMA;
        return mix(state);
    }

    /// Returns a number from 0 to below a bound of at most 2^31, with a bias below 2^-32.
    int below(int bound) {
        return (int) (((nextLong() >>> 32) * bound) >>> 32);
    }

    /// Returns a number from 0 to below a bound.
    long below(long bound) {
        return Math.unsignedMultiplyHigh(nextLong(), bound);
    }

    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return z ^ (z >>> 31);
    }
}
