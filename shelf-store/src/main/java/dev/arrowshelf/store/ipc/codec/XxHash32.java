package dev.arrowshelf.store.ipc.codec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The 32-bit xxHash with seed 0, which LZ4 frames use as checksum.
final class XxHash32 {
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int PRIME_1 = 0x9E3779B1;
    private static final int PRIME_2 = 0x85EBCA77;
    private static final int PRIME_3 = 0xC2B2AE3D;
    private static final int PRIME_4 = 0x27D4EB2F;
    private static final int PRIME_5 = 0x165667B1;
    private static final int SEED_OF_A = 0x24234428;
    private static final int STRIPE = 16;

    private XxHash32() {}

    /// Returns the hash of a range.
    static int hash(MemorySegment bytes, long from, long to) {
        long at = from;
        int hash;
        if (to - from >= STRIPE) {
            int a = SEED_OF_A;
            int b = PRIME_2;
            int c = 0;
            int d = -PRIME_1;
            for (; to - at >= STRIPE; at += STRIPE) {
                a = round(a, bytes.get(INT, at));
                b = round(b, bytes.get(INT, at + 4));
                c = round(c, bytes.get(INT, at + 8));
                d = round(d, bytes.get(INT, at + 12));
            }
            hash =
                    Integer.rotateLeft(a, 1)
                            + Integer.rotateLeft(b, 7)
                            + Integer.rotateLeft(c, 12)
                            + Integer.rotateLeft(d, 18);
        } else {
            hash = PRIME_5;
        }
        hash += (int) (to - from);
        for (; to - at >= 4; at += 4) {
            hash = Integer.rotateLeft(hash + bytes.get(INT, at) * PRIME_3, 17) * PRIME_4;
        }
        for (; at < to; at++) {
            hash =
                    Integer.rotateLeft(
                                    hash + (bytes.get(ValueLayout.JAVA_BYTE, at) & 0xff) * PRIME_5,
                                    11)
                            * PRIME_1;
        }
        return avalanche(hash);
    }

    private static int round(int accumulator, int input) {
        return Integer.rotateLeft(accumulator + input * PRIME_2, 13) * PRIME_1;
    }

    private static int avalanche(int value) {
        int hash = value;
        hash ^= hash >>> 15;
        hash *= PRIME_2;
        hash ^= hash >>> 13;
        hash *= PRIME_3;
        return hash ^ hash >>> 16;
    }
}
