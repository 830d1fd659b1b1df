package dev.arrowshelf.store.ipc.metadata;

/// Tells whether bytes are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF, no half
/// characters.
public final class Utf8Text {
    private static final int NONE = -1;

    private Utf8Text() {}

    /// Returns whether a range is UTF-8.
    public static boolean isValid(byte[] bytes, int from, int length) {
        return validUpTo(bytes, from, from + length) == from + length;
    }

    /// Returns the end of the whole characters in a range: its own end, or where a character is bad
    /// or cut off.
    public static int validUpTo(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to) {
            if (bytes[at] >= 0) {
                at++;
            } else {
                int character = character(bytes, at, to);
                if (character < 0) {
                    return at;
                }
                at += character;
            }
        }
        return to;
    }

    /// Returns whether a byte does not continue a character.
    public static boolean isStart(int value) {
        return (value & 0xc0) != 0x80;
    }

    /// Returns the length of the character that begins here with a byte above 0x7f, negative where
    /// none or only a part does.
    private static int character(byte[] bytes, int at, int to) {
        int first = bytes[at] & 0xff;
        int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
        if (first < 0xc2 || first > 0xf4 || to - at < length) {
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
