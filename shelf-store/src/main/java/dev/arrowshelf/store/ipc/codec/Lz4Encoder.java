package dev.arrowshelf.store.ipc.codec;

import dev.arrowshelf.store.ipc.metadata.IpcFault;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Writes LZ4 frames: independent blocks of at most 4 MiB without checksums, each found greedily by
/// a table of the last place of every four bytes. For one thread.
public final class Lz4Encoder {
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT_LAYOUT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Magic number, flags (version 1, independent blocks), block size 4 MiB, checksum of the two.
    private static final byte[] HEADER = {0x04, 0x22, 0x4D, 0x18, 0x60, 0x70, 0x73};

    private static final int BLOCK_BYTES = 4 << 20;
    private static final int STORED = 0x8000_0000;
    private static final int HASH_BITS = 14;
    private static final int HASH_FACTOR = 0x9E37_79B1;
    private static final int MOST_DISTANCE = 65_535;
    private static final int LEAST_MATCH = 4;

    /// The last bytes of a block are always literals.
    private static final int LAST_LITERALS = 5;

    private static final int NO_MATCH_FROM_END = 12;

    private final int[] table = new int[1 << HASH_BITS];
    private byte[] source = new byte[0];
    private byte[] target = new byte[0];
    private int out;

    /// Returns the most bytes that a frame may have.
    public static long bound(long bytes) {
        long blocks = bytes / BLOCK_BYTES + 1;
        return HEADER.length + bytes + blocks * Integer.BYTES + Integer.BYTES;
    }

    /// Writes a frame into room for [#bound] bytes and returns its length.
    public long encode(MemorySegment from, MemorySegment to) {
        MemorySegment.copy(HEADER, 0, to, ValueLayout.JAVA_BYTE, 0, HEADER.length);
        long at = HEADER.length;
        long bytes = from.byteSize();
        for (long begin = 0; begin < bytes; begin += BLOCK_BYTES) {
            int length = (int) Math.min(BLOCK_BYTES, bytes - begin);
            reserve(length);
            MemorySegment.copy(from, ValueLayout.JAVA_BYTE, begin, source, 0, length);
            int packed = block(length);
            boolean stored = packed >= length;
            byte[] written = stored ? source : target;
            int size = stored ? length : packed;
            to.set(INT_LAYOUT, at, stored ? size | STORED : size);
            MemorySegment.copy(written, 0, to, ValueLayout.JAVA_BYTE, at + Integer.BYTES, size);
            at += Integer.BYTES + size;
        }
        to.set(INT_LAYOUT, at, 0);
        return at + Integer.BYTES;
    }

    /// Returns how long the frame is that begins a source, as this class makes them.
    public static int frameBytes(MemorySegment source) {
        long at = HEADER.length;
        while (at + Integer.BYTES <= source.byteSize()) {
            int block = source.get(INT_LAYOUT, at);
            at += Integer.BYTES;
            if (block == 0) {
                return Math.toIntExact(at);
            }
            at += block & ~STORED;
        }
        throw IpcFault.invalid("LZ4 frame is cut off: bytes=" + source.byteSize());
    }

    private void reserve(int length) {
        if (source.length < length) {
            source = new byte[length];
            // The worst case: a byte of length for each 255 literals.
            target = new byte[length + length / 255 + 16];
        }
    }

    private int block(int length) {
        Arrays.fill(table, -1);
        out = 0;
        int anchor = 0;
        int at = 0;
        int lastMatch = length - NO_MATCH_FROM_END;
        int misses = 0;
        while (at < lastMatch) {
            int word = (int) INT.get(source, at);
            int slot = (word * HASH_FACTOR) >>> (Integer.SIZE - HASH_BITS);
            int candidate = table[slot];
            table[slot] = at;
            if (candidate < 0
                    || at - candidate > MOST_DISTANCE
                    || (int) INT.get(source, candidate) != word) {
                // Data that does not repeat is passed over faster and faster.
                at += 1 + (misses++ >>> 6);
                continue;
            }
            misses = 0;
            int match = matchLength(candidate, at, length - LAST_LITERALS);
            sequence(anchor, at - anchor, at - candidate, match);
            at += match;
            anchor = at;
        }
        literals(anchor, length - anchor);
        return out;
    }

    private int matchLength(int candidate, int at, int end) {
        int mismatch = Arrays.mismatch(source, candidate, candidate + end - at, source, at, end);
        return mismatch < 0 ? end - at : mismatch;
    }

    private void sequence(int from, int literals, int distance, int match) {
        int extra = match - LEAST_MATCH;
        target[out++] = (byte) ((Math.min(literals, 15) << 4) | Math.min(extra, 15));
        length(literals);
        copy(from, literals);
        target[out++] = (byte) distance;
        target[out++] = (byte) (distance >>> 8);
        length(extra);
    }

    private void literals(int from, int literals) {
        target[out++] = (byte) (Math.min(literals, 15) << 4);
        length(literals);
        copy(from, literals);
    }

    private void length(int value) {
        if (value < 15) {
            return;
        }
        int rest = value - 15;
        for (; rest >= 255; rest -= 255) {
            target[out++] = (byte) 255;
        }
        target[out++] = (byte) rest;
    }

    private void copy(int from, int length) {
        System.arraycopy(source, from, target, out, length);
        out += length;
    }
}
