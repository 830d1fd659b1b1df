package dev.arrowshelf.store.ipc.content;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Checks that bytes are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF, no half
/// characters. Keeps small arrays; not safe for use by several threads at once.
final class Utf8 {
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
    private static final int WINDOW_BYTES = 8 * Chunk.LENGTH;
    private static final int LONGEST_CHARACTER = 4;
    private static final int NONE = -1;

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
            int good = goodBytes(window, length);
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
        return isStart(base.get(ValueLayout.JAVA_BYTE, at));
    }

    /// Returns whether a byte does not continue a character.
    static boolean isStart(int value) {
        return (value & 0xc0) != 0x80;
    }

    /// Returns how many bytes are whole characters, up to the first that is bad or incomplete.
    private static int goodBytes(byte[] bytes, int length) {
        int at = 0;
        while (at < length) {
            if (bytes[at] >= 0) {
                at++;
            } else {
                int character = character(bytes, at, length);
                if (character < 0) {
                    return at;
                }
                at += character;
            }
        }
        return length;
    }

    /// Returns the length of the character that begins here with a byte above 0x7f, negative where
    /// none or only a part does.
    private static int character(byte[] bytes, int at, int end) {
        int first = bytes[at] & 0xff;
        if (first < 0xc2 || first > 0xf4) {
            return NONE;
        }
        int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
        if (end - at < length) {
            return NONE;
        }
        int second = bytes[at + 1] & 0xff;
        int lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        int highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        if (second < lowest || second > highest) {
            return NONE;
        }
        for (int i = 2; i < length; i++) {
            if (isStart(bytes[at + i])) {
                return NONE;
            }
        }
        return length;
    }
}
