package dev.arrowshelf.sql.scan;

import dev.arrowshelf.sql.duckdb.Call;
import dev.arrowshelf.sql.duckdb.DuckDbLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What DuckDB calls when it needs a schema or array of ours no more: nothing has to be given back,
/// but the structure must say that it was released.
final class Releases {
    private static final long SCHEMA_RELEASE = 56;
    private static final long ARRAY_RELEASE = 64;

    private final MemorySegment schema;
    private final MemorySegment array;

    Releases(Arena arena) {
        this.schema = DuckDbLibrary.callback(Releases::releaseSchema, arena);
        this.array = DuckDbLibrary.callback(Releases::releaseArray, arena);
    }

    MemorySegment schema() {
        return schema;
    }

    MemorySegment array() {
        return array;
    }

    private static void releaseSchema(MemorySegment structure) {
        Call.view(structure, SCHEMA_RELEASE + Long.BYTES)
                .set(ValueLayout.JAVA_LONG, SCHEMA_RELEASE, 0);
    }

    private static void releaseArray(MemorySegment structure) {
        Call.view(structure, ARRAY_RELEASE + Long.BYTES)
                .set(ValueLayout.JAVA_LONG, ARRAY_RELEASE, 0);
    }
}
