package dev.arrowshelf.cli.prompt;

import java.util.ArrayList;
import java.util.List;

/// Finds where statements end: at a semicolon outside quotes, dollar quotes and comments.
final class StatementText {
    private final String text;
    private int position;

    private StatementText(String text) {
        this.text = text;
    }

    /// Returns the statements of a text, without their semicolons; what follows the last one is a
    /// statement too. Those of only space and comments are left out.
    static List<String> split(String text) {
        List<String> statements = new ArrayList<>();
        StatementText scan = new StatementText(text);
        int begin = 0;
        while (begin < text.length()) {
            boolean says = scan.moveToEnd();
            if (says) {
                statements.add(text.substring(begin, scan.position).strip());
            }
            scan.position++;
            begin = scan.position;
        }
        return statements;
    }

    /// Returns whether a text ends with a semicolon that ends a statement, or says nothing.
    static boolean isComplete(String text) {
        StatementText scan = new StatementText(text);
        boolean says = false;
        while (scan.position < text.length()) {
            says = scan.moveToEnd() && scan.position == text.length();
            scan.position++;
        }
        return !says;
    }

    /// Moves to the next semicolon or the end of the text. Returns whether there is anything else
    /// than space and comments on the way.
    private boolean moveToEnd() {
        boolean says = false;
        while (position < text.length() && text.charAt(position) != ';') {
            char letter = text.charAt(position);
            if (text.startsWith("--", position)) {
                int end = text.indexOf('\n', position);
                position = end < 0 ? text.length() : end;
            } else if (text.startsWith("/*", position)) {
                skipComment();
            } else {
                says |= !Character.isWhitespace(letter);
                switch (letter) {
                    case '\'', '"' -> skipQuoted(letter);
                    case '$' -> skipDollarQuoted();
                    default -> position++;
                }
            }
        }
        return says;
    }

    /// Comments may lie in each other.
    private void skipComment() {
        int depth = 0;
        do {
            if (text.startsWith("/*", position)) {
                depth++;
                position += 2;
            } else if (text.startsWith("*/", position)) {
                depth--;
                position += 2;
            } else {
                position++;
            }
        } while (depth > 0 && position < text.length());
        position = Math.min(position, text.length());
    }

    /// A quote within is doubled, which looks like the next quoted part; after `E` a backslash
    /// takes the letter behind it along.
    private void skipQuoted(char quote) {
        boolean escapes =
                quote == '\''
                        && position > 0
                        && Character.toUpperCase(text.charAt(position - 1)) == 'E'
                        && (position == 1 || !isWordPart(text.charAt(position - 2)));
        position++;
        while (position < text.length() && text.charAt(position) != quote) {
            position += escapes && text.charAt(position) == '\\' ? 2 : 1;
        }
        position = Math.min(position + 1, text.length());
    }

    /// `$$ ... $$` or `$tag$ ... $tag$`; a dollar that begins none is a parameter's.
    private void skipDollarQuoted() {
        int end = position + 1;
        while (end < text.length() && isWordPart(text.charAt(end))) {
            end++;
        }
        boolean inWord = position > 0 && isWordPart(text.charAt(position - 1));
        boolean number = end > position + 1 && Character.isDigit(text.charAt(position + 1));
        if (inWord || number || end == text.length() || text.charAt(end) != '$') {
            position++;
            return;
        }
        String tag = text.substring(position, end + 1);
        int close = text.indexOf(tag, end + 1);
        position = close < 0 ? text.length() : close + tag.length();
    }

    private static boolean isWordPart(char letter) {
        return Character.isLetterOrDigit(letter) || letter == '_';
    }
}
