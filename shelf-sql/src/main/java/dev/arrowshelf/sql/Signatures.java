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

    /// A signature, and the generation of each table by its name in the statement; these are empty
    /// where it holds for now only.
    record Known(SqlSignature signature, Optional<Map<List<String>, Long>> tables) {}

    /// Returns what is known of a statement.
    ///
    /// @param current whether names mean tables of these generations now
    Optional<Known> find(String sql, Predicate<Map<List<String>, Long>> current) {
        Known known;
        synchronized (byText) {
            known = byText.get(sql);
        }
        return Optional.ofNullable(known).filter(noted -> noted.tables.filter(current).isPresent());
    }

    /// Notes a signature, unless it holds for now only.
    void note(String sql, Known signature) {
        if (sql.length() > LONGEST_TEXT || signature.tables.isEmpty()) {
            return;
        }
        synchronized (byText) {
            byText.put(sql, signature);
            if (byText.size() > MOST) {
                byText.pollFirstEntry();
            }
        }
    }
}
