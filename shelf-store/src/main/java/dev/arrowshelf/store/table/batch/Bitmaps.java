package dev.arrowshelf.store.table.batch;

import dev.arrowshelf.memory.ForeignMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.apache.arrow.memory.ArrowBuf;

/// Bit-level work on validity bitmaps and booleans, least significant bit first.
public final class Bitmaps {
    private static final long CHUNK_WORDS = 1 << 13;

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
    public static long ones(ArrowBuf bits, long count) {
        long whole = count >>> 6;
        MemorySegment words =
                ForeignMemory.at(bits.memoryAddress() + bits.readerIndex(), bytesOf(count));
        long ones = 0;
        for (long begin = 0; begin < whole; begin += CHUNK_WORDS) {
            long end = Math.min(whole, begin + CHUNK_WORDS);
            ones += areAllOnes(words, begin, end) ? (end - begin) << 6 : onesIn(words, begin, end);
        }
        for (long bit = whole << 6; bit < count; bit++) {
            ones += words.get(ValueLayout.JAVA_BYTE, bit >>> 3) >>> (bit & 7) & 1;
        }
        return ones;
    }

    private static boolean areAllOnes(MemorySegment words, long begin, long end) {
        long all = -1;
        for (long word = begin; word < end; word++) {
            all &= words.get(ValueLayout.JAVA_LONG_UNALIGNED, word << 3);
        }
        return all == -1;
    }

    private static long onesIn(MemorySegment words, long begin, long end) {
        long ones = 0;
        for (long word = begin; word < end; word++) {
            ones += Long.bitCount(words.get(ValueLayout.JAVA_LONG_UNALIGNED, word << 3));
        }
        return ones;
    }
}
