package dev.arrowshelf.store.spill;

import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32;

/// CRC-32 of memory, in pieces that several threads take.
///
/// Stateless; any thread may use it.
public final class Crc {
    /* The CRC of two pieces one after the other

    A CRC is a polynomial over bits modulo P. Appending n bits multiplies what came before by x^n, so crc(AB) = crc(A) * x^(8 * |B|) +
    crc(B) modulo P: the initial and the final inversion cancel each other. Polynomials are kept with their lowest power in the highest
    bit, as CRC-32 has them. */
    private static final int POLYNOMIAL = 0xEDB8_8320;
    private static final int ONE = 1 << 31;
    private static final int X = 1 << 30;

    private Crc() {}

    /// Returns the CRC-32 of a segment, computed by several threads when it is long.
    public static int of(MemorySegment content) {
        Frames frames = new Frames(content.byteSize());
        int[] crcs = new int[frames.count()];
        Lanes.runUnchecked(
                frames.count(),
                next -> {
                    for (int i = next.get(); i < crcs.length; i = next.get()) {
                        crcs[i] = ofPiece(frames.slice(content, i));
                    }
                });
        return frames.joined(crcs);
    }

    /// Returns the CRC-32 of a segment of less than 2 GiB.
    static int ofPiece(MemorySegment piece) {
        CRC32 crc = new CRC32();
        crc.update(piece.asByteBuffer());
        return (int) crc.getValue();
    }

    /// Returns the CRC-32 of two pieces one after the other, of which the second is `bytes` long.
    static int joined(int first, int second, long bytes) {
        return product(first, powerOfX(Math.multiplyExact(bytes, Byte.SIZE))) ^ second;
    }

    private static int powerOfX(long exponent) {
        int result = ONE;
        int square = X;
        for (long left = exponent; left != 0; left >>>= 1) {
            if ((left & 1) != 0) {
                result = product(result, square);
            }
            square = product(square, square);
        }
        return result;
    }

    private static int product(int a, int b) {
        int sum = 0;
        int shifted = b;
        for (int bit = ONE; bit != 0; bit >>>= 1) {
            if ((a & bit) != 0) {
                sum ^= shifted;
            }
            shifted = (shifted & 1) == 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL;
        }
        return sum;
    }
}
