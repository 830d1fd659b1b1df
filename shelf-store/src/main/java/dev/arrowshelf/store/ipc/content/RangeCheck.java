package dev.arrowshelf.store.ipc.content;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Checks that all numbers of a buffer lie between 0 and a limit: indices into a dictionary.
/* How it is fast. As in AscentCheck: a number x is bad when x or limit - 1 - x is negative, and the sign bit of the OR over a chunk
 * tells. Unsigned numbers of 32 and 64 bits with their highest bit set look bad here; the caller looks again, one by one.
 */
final class RangeCheck {
    private byte[] bytes = {};
    private short[] shorts = {};
    private int[] ints = {};
    private long[] longs = {};

    /// Returns the index from which on a number may be out of range, -1 when all are within.
    ///
    /// @param width bytes of a number: 1, 2, 4 or 8
    /// @param limit the first number that is too large
    long firstSuspect(
            MemorySegment base, long at, long count, int width, boolean signed, long limit) {
        for (long from = 0; from < count; from += Chunk.LENGTH) {
            int length = (int) Math.min(Chunk.LENGTH, count - from);
            long start = at + from * width;
            boolean good =
                    switch (width) {
                        case 1 -> goodBytes(base, start, length, signed, clamp(limit));
                        case 2 -> goodShorts(base, start, length, signed, clamp(limit));
                        case 4 -> goodInts(base, start, length, clamp(limit));
                        default -> goodLongs(base, start, length, limit);
                    };
            if (!good) {
                return from;
            }
        }
        return -1;
    }

    private static int clamp(long limit) {
        return (int) Math.min(limit, Integer.MAX_VALUE);
    }

    private boolean goodBytes(MemorySegment base, long at, int length, boolean signed, int limit) {
        if (bytes.length < length) {
            bytes = new byte[length];
        }
        MemorySegment.copy(base, ValueLayout.JAVA_BYTE, at, bytes, 0, length);
        int mask = signed ? -1 : 0xff;
        int signs = 0;
        for (int i = 0; i < length; i++) {
            int number = bytes[i] & mask;
            signs |= (limit - 1 - number) | number;
        }
        return signs >= 0;
    }

    private boolean goodShorts(MemorySegment base, long at, int length, boolean signed, int limit) {
        if (shorts.length < length) {
            shorts = new short[length];
        }
        MemorySegment.copy(base, Chunk.SHORT, at, shorts, 0, length);
        int mask = signed ? -1 : 0xffff;
        int signs = 0;
        for (int i = 0; i < length; i++) {
            int number = shorts[i] & mask;
            signs |= (limit - 1 - number) | number;
        }
        return signs >= 0;
    }

    private boolean goodInts(MemorySegment base, long at, int length, int limit) {
        if (ints.length < length) {
            ints = new int[length];
        }
        MemorySegment.copy(base, Chunk.INT, at, ints, 0, length);
        return signs(ints, length, limit - 1) >= 0;
    }

    private static int signs(int[] numbers, int length, int last) {
        int signs = 0;
        for (int i = 0; i < length; i++) {
            signs |= (last - numbers[i]) | numbers[i];
        }
        return signs;
    }

    private boolean goodLongs(MemorySegment base, long at, int length, long limit) {
        if (longs.length < length) {
            longs = new long[length];
        }
        MemorySegment.copy(base, Chunk.LONG, at, longs, 0, length);
        long signs = 0;
        for (int i = 0; i < length; i++) {
            signs |= (limit - 1 - longs[i]) | longs[i];
        }
        return signs >= 0;
    }
}
