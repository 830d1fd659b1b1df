package dev.arrowshelf.cli.text;

/// Text from outside made safe to print: whatever would move the cursor, start an escape sequence
/// or turn the direction of writing is shown as an escape (`\n`, `\u001b`). Text without such
/// characters is printed as it is.
public final class PrintableText {
    private PrintableText() {}

    /// Returns the text, escaped where it needs to be. When anything is escaped, backslashes are
    /// doubled, so that two different texts never print alike.
    public static String of(String text) {
        if (text.codePoints().noneMatch(PrintableText::needsEscape)) {
            return text;
        }
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(codePoint -> append(escaped, codePoint));
        return escaped.toString();
    }

    /// Returns the printable text cut to a number of terminal cells, with an ellipsis where
    /// something is missing.
    public static String clipped(String text, int cells) {
        String printable = of(text);
        if (cells(printable) <= cells) {
            return printable;
        }
        int end = 0;
        int used = 1;
        while (end < printable.length()) {
            int codePoint = printable.codePointAt(end);
            used += cells(codePoint);
            if (used > cells) {
                break;
            }
            end += Character.charCount(codePoint);
        }
        return printable.substring(0, end) + '…';
    }

    /// Returns how many cells of a terminal the text takes.
    public static int cells(String text) {
        return text.codePoints().map(PrintableText::cells).sum();
    }

    private static int cells(int codePoint) {
        if (codePoint < 0x300) {
            return 1;
        }
        return switch (Character.getType(codePoint)) {
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT -> 0;
            default -> isWide(codePoint) ? 2 : 1;
        };
    }

    /// East Asian wide characters and emoji, by the blocks that hold them.
    private static boolean isWide(int codePoint) {
        return (codePoint >= 0x1100 && codePoint <= 0x115F)
                || (codePoint >= 0x2E80 && codePoint <= 0xA4CF)
                || (codePoint >= 0xAC00 && codePoint <= 0xD7A3)
                || (codePoint >= 0xF900 && codePoint <= 0xFAFF)
                || (codePoint >= 0xFE30 && codePoint <= 0xFE6F)
                || (codePoint >= 0xFF00 && codePoint <= 0xFF60)
                || (codePoint >= 0x1F300 && codePoint <= 0x1F64F)
                || (codePoint >= 0x1F680 && codePoint <= 0x1F6FF)
                || (codePoint >= 0x1F900 && codePoint <= 0x1FAFF)
                || (codePoint >= 0x20000 && codePoint <= 0x3FFFD);
    }

    private static void append(StringBuilder escaped, int codePoint) {
        switch (codePoint) {
            case '\n' -> escaped.append("\\n");
            case '\r' -> escaped.append("\\r");
            case '\t' -> escaped.append("\\t");
            case '\\' -> escaped.append("\\\\");
            default -> {
                if (needsEscape(codePoint)) {
                    escaped.append("\\u");
                    String digits = Integer.toHexString(codePoint);
                    escaped.repeat('0', 4 - digits.length()).append(digits);
                } else {
                    escaped.appendCodePoint(codePoint);
                }
            }
        }
    }

    /// Whether a character acts on the terminal instead of being seen. All of them lie in the basic
    /// plane.
    private static boolean needsEscape(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE ->
                    true;
            case Character.FORMAT -> turnsDirection(codePoint) || codePoint == 0xFEFF;
            default -> false;
        };
    }

    private static boolean turnsDirection(int codePoint) {
        return (codePoint >= 0x202A && codePoint <= 0x202E)
                || (codePoint >= 0x2066 && codePoint <= 0x2069)
                || codePoint == 0x200E
                || codePoint == 0x200F
                || codePoint == 0x061C;
    }
}
