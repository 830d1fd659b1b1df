package dev.arrowshelf.store.ipc.codec;

import dev.arrowshelf.store.ipc.metadata.IpcFault;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Encodes pieces of at most 4 MiB as LZ4 frames of one block each: fast, greedy, one table of
/// recent places.
///
/// For one thread; what [#frame] returns lies in a buffer that the next call uses again.
public final class Lz4Encoder {
    /// Most bytes of a piece.
    public static final int PIECE_BYTES = 4 << 20;

    private static final VarHandle INTS =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int MAGIC = 0x184D2204;
    private static final int FLAGS = 0x68; // version 1, blocks stand alone, content size
    private static final int BLOCKS_OF_4_MIB = 0x70;
    private static final int HEADER_BYTES = 15;
    private static final int STORED = 0x8000_0000;
    private static final int HASH_BITS = 14;
    private static final int HASH_PRIME = 0x9E3779B1;
    private static final int MIN_MATCH = 4;
    private static final int MORE = 15;
    private static final int LAST_LITERALS = 5;
    private static final int NO_MATCH_IN_LAST = 12;
    private static final int FARTHEST = 65_535;

    private final int[] places = new int[1 << HASH_BITS];
    private byte[] output = new byte[0];
    private int out;

    /// Returns the frame of the first bytes of a piece.
    public MemorySegment frame(byte[] piece, int length) {
        if (length > PIECE_BYTES) {
            throw new IllegalArgumentException("piece is too long: bytes=" + length);
        }
        int bound = HEADER_BYTES + 8 + length + length / 255 + 64;
        if (output.length < bound) {
            output = new byte[bound];
        }
        INTS.set(output, 0, MAGIC);
        output[4] = FLAGS;
        output[5] = BLOCKS_OF_4_MIB;
        LONGS.set(output, 6, (long) length);
        output[14] = (byte) (XxHash32.hash(MemorySegment.ofArray(output), 4, 14) >>> 8);
        out = HEADER_BYTES + Integer.BYTES;
        block(piece, length);
        int blockBytes = out - HEADER_BYTES - Integer.BYTES;
        if (blockBytes >= length) {
            System.arraycopy(piece, 0, output, HEADER_BYTES + Integer.BYTES, length);
            out = HEADER_BYTES + Integer.BYTES + length;
            blockBytes = length | STORED;
        }
        INTS.set(output, HEADER_BYTES, blockBytes);
        if (length == 0) {
            out = HEADER_BYTES;
        }
        INTS.set(output, out, 0);
        return MemorySegment.ofArray(output).asSlice(0, out + (long) Integer.BYTES);
    }

    /// Returns how long the frame is that begins a source, as this class makes them.
    public static int frameBytes(MemorySegment source) {
        long at = HEADER_BYTES;
        while (at + Integer.BYTES <= source.byteSize()) {
            int block = source.get(INT, at);
            at += Integer.BYTES;
            if (block == 0) {
                return Math.toIntExact(at);
            }
            at += block & ~STORED;
        }
        throw IpcFault.invalid("LZ4 frame is cut off: bytes=" + source.byteSize());
    }

    private void block(byte[] piece, int length) {
        Arrays.fill(places, -1);
        int anchor = 0;
        int at = 0;
        int misses = 0;
        while (at < length - NO_MATCH_IN_LAST) {
            int word = (int) INTS.get(piece, at);
            int hash = (word * HASH_PRIME) >>> (Integer.SIZE - HASH_BITS);
            int candidate = places[hash];
            places[hash] = at;
            if (candidate < 0
                    || at - candidate > FARTHEST
                    || (int) INTS.get(piece, candidate) != word) {
                at += 1 + (misses++ >>> 6);
                continue;
            }
            misses = 0;
            int match = matching(piece, candidate + MIN_MATCH, at + MIN_MATCH, length);
            sequence(piece, anchor, at, at - candidate, match);
            at += MIN_MATCH + match;
            anchor = at;
        }
        literals(piece, anchor, length - anchor, 0);
    }

    private static int matching(byte[] piece, int earlier, int later, int length) {
        int limit = length - LAST_LITERALS - later;
        int same = 0;
        while (same + Long.BYTES <= limit) {
            long difference =
                    (long) LONGS.get(piece, earlier + same) ^ (long) LONGS.get(piece, later + same);
            if (difference != 0) {
                return same + Long.numberOfTrailingZeros(difference) / Byte.SIZE;
            }
            same += Long.BYTES;
        }
        while (same < limit && piece[earlier + same] == piece[later + same]) {
            same++;
        }
        return Math.max(same, 0);
    }

    private void sequence(byte[] piece, int anchor, int at, int distance, int match) {
        literals(piece, anchor, at - anchor, Math.min(match, MORE));
        output[out++] = (byte) distance;
        output[out++] = (byte) (distance >>> 8);
        if (match >= MORE) {
            length(match - MORE);
        }
    }

    private void literals(byte[] piece, int from, int count, int matchNibble) {
        output[out++] = (byte) ((Math.min(count, MORE) << 4) | matchNibble);
        if (count >= MORE) {
            length(count - MORE);
        }
        System.arraycopy(piece, from, output, out, count);
        out += count;
    }

    private void length(int rest) {
        int left = rest;
        while (left >= 255) {
            output[out++] = (byte) 255;
            left -= 255;
        }
        output[out++] = (byte) left;
    }
}
