package dev.arrowshelf.store.table.batch;

import org.apache.arrow.memory.ArrowBuf;

/// Bit-level work on validity bitmaps and booleans, least significant bit first.
final class Bitmaps {
    private Bitmaps() {}

    /// Returns the bytes that so many bits take.
    static long bytesOf(long bits) {
        return (bits + 7) >>> 3;
    }

    /// Copies `count` bits from bit `from` of the source to bit 0 of the target; the bits that fill
    /// up the last byte become 0. The source is read to the byte of its last bit at most.
    static void copy(ArrowBuf source, long from, long count, ArrowBuf target) {
        long bytes = bytesOf(count);
        int shift = (int) (from & 7);
        long first = from >>> 3;
        long last = (from + count - 1) >>> 3;
        long at = 0;
        for (; at + 8 <= bytes && first + at + 8 <= last; at += 8) {
            long low = source.getLong(first + at) >>> shift;
            long high = shift == 0 ? 0 : (source.getByte(first + at + 8) & 0xFFL) << (64 - shift);
            target.setLong(at, low | high);
        }
        for (; at < bytes; at++) {
            int low = (source.getByte(first + at) & 0xFF) >>> shift;
            int high =
                    first + at < last ? (source.getByte(first + at + 1) & 0xFF) << (8 - shift) : 0;
            target.setByte(at, low | high);
        }
        int used = (int) (count & 7);
        if (used != 0) {
            target.setByte(bytes - 1, target.getByte(bytes - 1) & ((1 << used) - 1));
        }
    }

    /// Returns how many of the first `count` bits are 1.
    static long ones(ArrowBuf bits, long count) {
        long ones = 0;
        long at = 0;
        for (; (at + 8) << 3 <= count; at += 8) {
            ones += Long.bitCount(bits.getLong(at));
        }
        for (; (at + 1) << 3 <= count; at++) {
            ones += Integer.bitCount(bits.getByte(at) & 0xFF);
        }
        int used = (int) (count & 7);
        return used == 0 ? ones : ones + Integer.bitCount(bits.getByte(at) & ((1 << used) - 1));
    }
}
