package dev.arrowshelf.store.ipc.content;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The next numbers of a buffer, widened to `long`, for checks that look at one row at a time.
final class NumberWindow {
    private long[] values = {};
    private byte[] bytes = {};
    private short[] shorts = {};
    private int[] ints = {};

    /// Loads numbers with their sign.
    ///
    /// @param from index of the first number
    /// @param count at most [Chunk#LENGTH]
    /// @param width bytes of a number: 1, 2, 4 or 8
    /// @return the numbers, valid until the next load
    long[] load(MemorySegment base, long at, long from, int count, int width) {
        long start = at + from * width;
        if (values.length < count) {
            values = new long[count];
        }
        switch (width) {
            case 1 -> loadBytes(base, start, count);
            case 2 -> loadShorts(base, start, count);
            case 4 -> loadInts(base, start, count);
            default -> MemorySegment.copy(base, Chunk.LONG, start, values, 0, count);
        }
        return values;
    }

    private void loadBytes(MemorySegment base, long start, int count) {
        if (bytes.length < count) {
            bytes = new byte[count];
        }
        MemorySegment.copy(base, ValueLayout.JAVA_BYTE, start, bytes, 0, count);
        for (int i = 0; i < count; i++) {
            values[i] = bytes[i];
        }
    }

    private void loadShorts(MemorySegment base, long start, int count) {
        if (shorts.length < count) {
            shorts = new short[count];
        }
        MemorySegment.copy(base, Chunk.SHORT, start, shorts, 0, count);
        for (int i = 0; i < count; i++) {
            values[i] = shorts[i];
        }
    }

    private void loadInts(MemorySegment base, long start, int count) {
        if (ints.length < count) {
            ints = new int[count];
        }
        MemorySegment.copy(base, Chunk.INT, start, ints, 0, count);
        for (int i = 0; i < count; i++) {
            values[i] = ints[i];
        }
    }
}
