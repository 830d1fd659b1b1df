package dev.arrowshelf.sql;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Predicate;

/// The signatures of the statements that were asked for last: a Flight client asks for one twice
/// before it takes a row. One counts as long as each name in the statement means the table, and the
/// generation, that it meant then.
///
/// Thread-safe.
final class Signatures {
    private static final int MOST = 1024;
    private static final int LONGEST_TEXT = 64 << 10;

    private final SequencedMap<String, Known> byText = new LinkedHashMap<>(16, 0.75f, true);

    private record Known(SqlSignature signature, Map<List<String>, Long> tables) {}

    /// Returns what is known of a statement.
    ///
    /// @param current whether names mean tables of these generations now
    Optional<SqlSignature> find(String sql, Predicate<Map<List<String>, Long>> current) {
        Known known;
        synchronized (byText) {
            known = byText.get(sql);
        }
        return known != null && current.test(known.tables)
                ? Optional.of(known.signature)
                : Optional.empty();
    }

    /// Notes a signature and the tables that it is about.
    void note(String sql, SqlSignature signature, Map<List<String>, Long> tables) {
        if (sql.length() > LONGEST_TEXT) {
            return;
        }
        synchronized (byText) {
            byText.put(sql, new Known(signature, tables));
            if (byText.size() > MOST) {
                byText.pollFirstEntry();
            }
        }
    }
}
