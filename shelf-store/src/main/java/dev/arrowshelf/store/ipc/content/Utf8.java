package dev.arrowshelf.store.ipc.content;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Checks that bytes are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF, no half
/// characters.
final class Utf8 {
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

    private Utf8() {}

    /// Returns whether a range is UTF-8.
    static boolean isValid(MemorySegment base, long from, long to) {
        long at = from;
        while (at < to) {
            at = skipAscii(base, at, to);
            if (at < to) {
                int length = sequence(base, at, to);
                if (length == 0) {
                    return false;
                }
                at += length;
            }
        }
        return true;
    }

    /// Returns whether a character may begin here: the byte does not continue one.
    static boolean isBoundary(MemorySegment base, long at) {
        return (base.get(ValueLayout.JAVA_BYTE, at) & 0xc0) != 0x80;
    }

    private static long skipAscii(MemorySegment base, long from, long to) {
        long at = from;
        while (to - at >= 32 && (words(base, at) & HIGH_BITS) == 0) {
            at += 32;
        }
        while (at < to && base.get(ValueLayout.JAVA_BYTE, at) >= 0) {
            at++;
        }
        return at;
    }

    private static long words(MemorySegment base, long at) {
        return base.get(Chunk.LONG, at)
                | base.get(Chunk.LONG, at + 8)
                | base.get(Chunk.LONG, at + 16)
                | base.get(Chunk.LONG, at + 24);
    }

    /// Returns the length of the character that begins here with a byte above 0x7f, 0 when it is
    /// none.
    private static int sequence(MemorySegment base, long at, long to) {
        int first = base.get(ValueLayout.JAVA_BYTE, at) & 0xff;
        int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
        if (first < 0xc2 || first > 0xf4 || to - at < length) {
            return 0;
        }
        int second = base.get(ValueLayout.JAVA_BYTE, at + 1) & 0xff;
        int lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        int highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        if (second < lowest || second > highest) {
            return 0;
        }
        for (int i = 2; i < length; i++) {
            if (isBoundary(base, at + i)) {
                return 0;
            }
        }
        return length;
    }
}
