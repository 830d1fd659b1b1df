package dev.arrowshelf.server.sql;

import dev.arrowshelf.sql.model.SqlRequest;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// How long the last result of a statement was, of those that were asked last. Who asks the same
/// again often gets about as much, and a segment that begins with that length is made of warm
/// pages.
///
/// Thread-safe.
final class ResultLengths {
    private static final int MOST = 256;
    private static final int LONGEST_TEXT = 64 << 10;

    private final SequencedMap<String, Long> lengths = new LinkedHashMap<>(16, 0.75f, true);

    /// Returns the length in bytes; 0 when it is not known.
    synchronized long of(SqlRequest request) {
        return lengths.getOrDefault(request.sql(), 0L);
    }

    synchronized void note(SqlRequest request, long bytes) {
        if (request.sql().length() > LONGEST_TEXT) {
            return;
        }
        lengths.put(request.sql(), bytes);
        if (lengths.size() > MOST) {
            lengths.pollFirstEntry();
        }
    }
}
