package dev.arrowshelf.store.ipc.content;

import java.lang.foreign.MemorySegment;

/// Checks that numbers of a buffer never decrease (offsets), or always increase (run ends), and are
/// not negative.
/* How it is fast. A pair (a, b) is bad when b - a - step or b is negative; as long as all numbers before were good, a is not
 * negative and the difference cannot overflow. So the sign bit of the OR over all pairs answers for a whole chunk, without a
 * branch. Each chunk is copied twice, the second time one number further, because the loop is vectorised only when the two
 * numbers of a pair come from different arrays. Only when a chunk is bad are its numbers looked at one by one.
 */
final class AscentCheck {
    private static final int SCALAR_LIMIT = 64;

    private int[] lowInts = {};
    private int[] highInts = {};
    private long[] lowLongs = {};
    private long[] highLongs = {};

    /// Returns the index of the first number that is not at least its predecessor plus `step`, or
    /// that is negative; -1 when all are good.
    ///
    /// @param count numbers, at least 1
    /// @param width bytes of a number: 2, 4 or 8
    /// @param step 0 for "never decreases", 1 for "increases"
    long firstBad(MemorySegment base, long at, long count, int width, int step) {
        if (Chunk.number(base, at, 0, width) < 0) {
            return 0;
        }
        if (width == Short.BYTES || count <= SCALAR_LIMIT) {
            return firstBadOneByOne(base, at, 1, count, width, step);
        }
        for (long from = 1; from < count; from += Chunk.LENGTH) {
            int length = (int) Math.min(Chunk.LENGTH, count - from);
            boolean good =
                    width == Integer.BYTES
                            ? goodInts(base, at + 4 * (from - 1), length, step)
                            : goodLongs(base, at + 8 * (from - 1), length, step);
            if (!good) {
                return firstBadOneByOne(base, at, from, from + length, width, step);
            }
        }
        return -1;
    }

    private static long firstBadOneByOne(
            MemorySegment base, long at, long from, long to, int width, int step) {
        long before = Chunk.number(base, at, from - 1, width);
        for (long i = from; i < to; i++) {
            long number = Chunk.number(base, at, i, width);
            if (number < 0 || number - before < step) {
                return i;
            }
            before = number;
        }
        return -1;
    }

    private boolean goodInts(MemorySegment base, long at, int length, int step) {
        if (lowInts.length == 0) {
            lowInts = new int[Chunk.LENGTH];
            highInts = new int[Chunk.LENGTH];
        }
        MemorySegment.copy(base, Chunk.INT, at, lowInts, 0, length);
        MemorySegment.copy(base, Chunk.INT, at + Integer.BYTES, highInts, 0, length);
        return signs(lowInts, highInts, length, step) >= 0;
    }

    private static int signs(int[] low, int[] high, int length, int step) {
        int signs = 0;
        for (int i = 0; i < length; i++) {
            signs |= (high[i] - low[i] - step) | high[i];
        }
        return signs;
    }

    private boolean goodLongs(MemorySegment base, long at, int length, int step) {
        if (lowLongs.length == 0) {
            lowLongs = new long[Chunk.LENGTH];
            highLongs = new long[Chunk.LENGTH];
        }
        MemorySegment.copy(base, Chunk.LONG, at, lowLongs, 0, length);
        MemorySegment.copy(base, Chunk.LONG, at + Long.BYTES, highLongs, 0, length);
        return signs(lowLongs, highLongs, length, step) >= 0;
    }

    private static long signs(long[] low, long[] high, int length, long step) {
        long signs = 0;
        for (int i = 0; i < length; i++) {
            signs |= (high[i] - low[i] - step) | high[i];
        }
        return signs;
    }
}
