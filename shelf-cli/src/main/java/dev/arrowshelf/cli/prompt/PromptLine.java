package dev.arrowshelf.cli.prompt;

import java.util.ArrayList;
import java.util.List;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.Parser;

/// A statement as it is typed, cut into names and other signs.
///
/// @param text all of it
/// @param position of the cursor
/// @param words names, numbers and single signs; the one at the cursor may be empty
/// @param wordIndex which word the cursor is in
/// @param wordCursor where in it
record PromptLine(String text, int position, List<String> words, int wordIndex, int wordCursor)
        implements CompletingParsedLine {
    /// Cuts a text; one that is to be run and is not complete is refused, so that another line is
    /// asked for.
    static PromptLine parse(String text, int cursor, Parser.ParseContext context) {
        boolean complete = DotCommands.isOne(text) || StatementText.isComplete(text);
        if (context == Parser.ParseContext.ACCEPT_LINE && !complete) {
            throw new EOFError(-1, -1, "semicolon is missing");
        }
        List<String> words = new ArrayList<>();
        int index = -1;
        int within = 0;
        int before = 0;
        int begin = 0;
        while (begin < text.length()) {
            int end = end(text, begin);
            if (isWord(text, begin) && cursor > begin && cursor <= end) {
                index = words.size();
                within = cursor - begin;
            }
            if (!Character.isWhitespace(text.charAt(begin))) {
                words.add(text.substring(begin, end));
                before += end <= cursor ? 1 : 0;
            }
            begin = end;
        }
        if (index < 0) {
            index = before;
            words.add(before, "");
        }
        return new PromptLine(text, cursor, List.copyOf(words), index, within);
    }

    @Override
    public String word() {
        return words.get(wordIndex);
    }

    @Override
    public String line() {
        return text;
    }

    @Override
    public int cursor() {
        return position;
    }

    /// What is offered is written as SQL already.
    @Override
    public CharSequence escape(CharSequence candidate, boolean complete) {
        return candidate;
    }

    @Override
    public int rawWordCursor() {
        return wordCursor;
    }

    @Override
    public int rawWordLength() {
        return word().length();
    }

    /// Returns whether a name, a number or a command with a dot begins somewhere.
    private static boolean isWord(String text, int begin) {
        char first = text.charAt(begin);
        return first == '"'
                || SqlNames.isPlain(first)
                || (first == '.' && text.substring(0, begin).isBlank());
    }

    /// Returns where the word or sign ends that begins somewhere.
    private static int end(String text, int begin) {
        int end = begin + 1;
        if (text.charAt(begin) == '"') {
            int close = text.indexOf('"', end);
            return close < 0 ? text.length() : close + 1;
        }
        while (isWord(text, begin) && end < text.length() && SqlNames.isPlain(text.charAt(end))) {
            end++;
        }
        return end;
    }
}
