package dev.arrowshelf.store.ipc.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The fast checks of numbers say what a plain loop says, at odd lengths and places, for memory on
/// and off the heap.
final class NumberChecksPropertyTest {
    static LongStream seeds() {
        long first = Long.getLong("shelf.seed", 4L);
        return LongStream.range(first, first + 500);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void findsTheFirstNumberThatDoesNotAscend(long seed) {
        Random random = new Random(seed);
        int width = 2 << random.nextInt(3);
        int step = random.nextInt(2);
        int count = 1 + random.nextInt(width == 2 ? 300 : 4000);
        long[] numbers = new long[count];
        long next = random.nextInt(3);
        for (int i = 0; i < count; i++) {
            numbers[i] = next;
            next += step + random.nextInt(3);
        }
        for (int n = random.nextInt(3); n > 0; n--) {
            numbers[random.nextInt(count)] = hostile(random, width);
        }

        long expected = -1;
        for (int i = count - 1; i >= 0; i--) {
            if (numbers[i] < 0 || (i > 0 && numbers[i] - numbers[i - 1] < step)) {
                expected = i;
            }
        }

        try (Arena arena = Arena.ofConfined()) {
            int at = random.nextInt(9);
            MemorySegment memory = store(arena, random, numbers, width, at);
            assertThat(new AscentCheck().firstBad(memory, at, count, width, step))
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void suspectsEveryNumberOutOfRange(long seed) {
        Random random = new Random(seed);
        int width = 1 << random.nextInt(4);
        boolean signed = random.nextBoolean();
        int count = random.nextInt(4000);
        long limit = random.nextBoolean() ? random.nextInt(100) : random.nextLong() >>> 1;
        long[] numbers = new long[count];
        boolean within = true;
        for (int i = 0; i < count; i++) {
            boolean bad = random.nextInt(3000) == 0;
            numbers[i] =
                    bad
                            ? random.nextLong()
                            : limit == 0 ? 0 : random.nextLong(Math.min(limit, 100));
            long stored = cut(numbers[i], width, signed);
            within &= stored >= 0 && stored < limit;
        }

        try (Arena arena = Arena.ofConfined()) {
            int at = random.nextInt(9);
            MemorySegment memory = store(arena, random, numbers, width, at);
            long suspect = new RangeCheck().firstSuspect(memory, at, count, width, signed, limit);
            if (!within) {
                assertThat(suspect).isGreaterThanOrEqualTo(0);
            } else if (signed || width < 4) {
                assertThat(suspect).isEqualTo(-1);
            }
            for (int i = 0; i < suspect; i++) {
                assertThat(cut(numbers[i], width, signed)).isBetween(0L, limit - 1);
            }
        }
    }

    private static long hostile(Random random, int width) {
        return switch (random.nextInt(4)) {
            case 0 -> cut(-1, width, true);
            case 1 -> cut(Long.MIN_VALUE >> (64 - 8 * width), width, true);
            case 2 -> cut(Long.MAX_VALUE >> (64 - 8 * width), width, true);
            default -> 0;
        };
    }

    private static long cut(long value, int width, boolean signed) {
        int shift = 64 - 8 * width;
        return signed ? value << shift >> shift : value << shift >>> shift;
    }

    private static MemorySegment store(
            Arena arena, Random random, long[] numbers, int width, int at) {
        int bytes = at + numbers.length * width;
        MemorySegment memory =
                random.nextBoolean()
                        ? arena.allocate(bytes)
                        : MemorySegment.ofArray(new byte[bytes]);
        for (int i = 0; i < numbers.length * width; i++) {
            memory.set(
                    ValueLayout.JAVA_BYTE,
                    at + i,
                    (byte) (numbers[i / width] >>> (8 * (i % width))));
        }
        return memory;
    }
}
