package dev.arrowshelf.sql.session;

import dev.arrowshelf.sql.duckdb.ApiFunction;
import dev.arrowshelf.sql.duckdb.Call;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The words of a statement as DuckDB itself reads them, without comments.
final class SqlTokens {
    private static final int KEYWORD = 1;
    private static final int IDENTIFIER = 2;
    private static final int COMMENT = 6;
    private static final int END = 8;

    private SqlTokens() {}

    /// One token.
    ///
    /// @param type DuckDB's class of it
    /// @param start its first byte
    /// @param word its text in lower case
    record Token(int type, int start, String word) {
        /// Returns whether it is a word that is not quoted.
        boolean isWord() {
            return type == KEYWORD || type == IDENTIFIER;
        }
    }

    static List<Token> of(Call call, MemorySegment connection, String sql) {
        byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        List<Token> tokens = new ArrayList<>();
        MemorySegment iterator = call.get(ApiFunction.TOKENIZE_SQL, connection, call.bytes(text));
        try {
            MemorySegment figures = call.allocate(3L * Long.BYTES);
            MemorySegment starts = figures.asSlice(Long.BYTES, Long.BYTES);
            MemorySegment lengths = figures.asSlice(2L * Long.BYTES, Long.BYTES);
            while (true) {
                call.run(ApiFunction.TOKEN_ITERATOR_NEXT, iterator, figures, starts, lengths);
                int type = figures.get(ValueLayout.JAVA_INT, 0);
                if (type == END) {
                    return tokens;
                }
                if (type != COMMENT) {
                    int start = (int) starts.get(ValueLayout.JAVA_LONG, 0);
                    int length = (int) lengths.get(ValueLayout.JAVA_LONG, 0);
                    String word = new String(text, start, length, StandardCharsets.UTF_8);
                    tokens.add(new Token(type, start, word.toLowerCase(Locale.ROOT)));
                }
            }
        } finally {
            Call.destroy(ApiFunction.TOKEN_ITERATOR_DESTROY, iterator);
        }
    }

    /// Returns a statement from a token on.
    static String from(String sql, Token token) {
        byte[] text = sql.getBytes(StandardCharsets.UTF_8);
        return new String(text, token.start(), text.length - token.start(), StandardCharsets.UTF_8);
    }
}
