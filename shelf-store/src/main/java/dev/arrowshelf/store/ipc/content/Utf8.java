package dev.arrowshelf.store.ipc.content;

import dev.arrowshelf.store.ipc.metadata.Utf8Text;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Checks that bytes in memory are UTF-8. Keeps small arrays; not safe for use by several threads
/// at once.
final class Utf8 {
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
    private static final int WINDOW_BYTES = 8 * Chunk.LENGTH;
    private static final int LONGEST_CHARACTER = 4;

    private byte[] window = new byte[Long.BYTES];
    private long[] words = {};

    /// Returns whether a range is plain ASCII.
    boolean isAscii(MemorySegment base, long from, long to) {
        long at = from;
        while (to - at >= Long.BYTES) {
            int count = (int) Math.min(Chunk.LENGTH, (to - at) / Long.BYTES);
            if (words.length < count) {
                words = new long[count];
            }
            MemorySegment.copy(base, Chunk.LONG, at, words, 0, count);
            if ((or(words, count) & HIGH_BITS) != 0) {
                return false;
            }
            at += (long) Long.BYTES * count;
        }
        int rest = (int) (to - at);
        MemorySegment.copy(base, ValueLayout.JAVA_BYTE, at, window, 0, rest);
        for (int i = 0; i < rest; i++) {
            if (window[i] < 0) {
                return false;
            }
        }
        return true;
    }

    private static long or(long[] words, int count) {
        long or = 0;
        for (int i = 0; i < count; i++) {
            or |= words[i];
        }
        return or;
    }

    /// Returns whether a range is UTF-8.
    boolean isValid(MemorySegment base, long from, long to) {
        long at = from;
        while (at < to) {
            int length = (int) Math.min(WINDOW_BYTES, to - at);
            if (window.length < length) {
                window = new byte[length];
            }
            MemorySegment.copy(base, ValueLayout.JAVA_BYTE, at, window, 0, length);
            int good = Utf8Text.validUpTo(window, 0, length);
            boolean isLast = at + length == to;
            if (good < length && (isLast || length - good >= LONGEST_CHARACTER)) {
                return false;
            }
            at += good;
        }
        return true;
    }

    /// Returns whether a character may begin here: the byte does not continue one.
    static boolean isBoundary(MemorySegment base, long at) {
        return Utf8Text.isStart(base.get(ValueLayout.JAVA_BYTE, at));
    }
}
