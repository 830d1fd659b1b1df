package dev.arrowshelf.sql.session;

import dev.arrowshelf.sql.duckdb.DuckDbLibrary;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The arrays that a result consists of, as DuckDB hands them over.
final class ResultArrays {
    static final long ARRAY_BYTES = 80;

    private static final long RELEASE = 64;

    private ResultArrays() {}

    /// Returns whether an array holds anything.
    static boolean isPresent(MemorySegment array) {
        return array.get(ValueLayout.JAVA_LONG, RELEASE) != 0;
    }

    /// Gives an array back to DuckDB; false when there was none.
    static boolean release(MemorySegment array) {
        if (!isPresent(array)) {
            return false;
        }
        DuckDbLibrary.callRelease(array.get(ValueLayout.ADDRESS, RELEASE), array);
        return true;
    }
}
