package dev.arrowshelf.sql.session;

import dev.arrowshelf.sql.duckdb.ApiFunction;
import dev.arrowshelf.sql.duckdb.Call;
import dev.arrowshelf.sql.duckdb.DuckDbException;
import dev.arrowshelf.sql.scan.NameResolver;
import dev.arrowshelf.sql.scan.TwinTables;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// One connection to the instance: runs one query at a time.
///
/// One thread at a time, except for [#interrupt()] and [#percent()].
final class Connection implements AutoCloseable {
    private final MemorySegment handle;
    private final NameResolver names;

    private Connection(MemorySegment handle, NameResolver names) {
        this.handle = handle;
        this.names = names;
    }

    static Connection open(MemorySegment instance, TwinTables twins, Arena arena) {
        try (Call call = new Call()) {
            MemorySegment handle = call.get(ApiFunction.CONNECTION_CREATE, instance);
            return new Connection(handle, NameResolver.register(handle, twins, arena));
        }
    }

    MemorySegment handle() {
        return handle;
    }

    NameResolver names() {
        return names;
    }

    MemorySegment factory(Call call) {
        return call.get(ApiFunction.CONNECTION_GET_FACTORY, handle);
    }

    /// Runs statements of ours for their effect.
    void execute(String sql) {
        try (Call call = new Call();
                Statements statements = Statements.parse(call, handle, sql)) {
            for (MemorySegment statement : statements.all()) {
                MemorySegment result =
                        call.get(
                                ApiFunction.STATEMENT_EXECUTE_ARROW,
                                handle,
                                statement,
                                MemorySegment.NULL,
                                MemorySegment.NULL,
                                0L,
                                0L);
                try {
                    MemorySegment array = call.allocate(ResultArrays.ARRAY_BYTES);
                    do {
                        array.fill((byte) 0);
                        call.run(ApiFunction.ARROW_RESULT_FETCH_ARRAY, result, array);
                    } while (ResultArrays.release(array));
                } finally {
                    Call.destroy(ApiFunction.ARROW_RESULT_DESTROY, result);
                }
            }
        }
    }

    /// Returns whether the instance still runs statements.
    boolean works() {
        try {
            execute("SELECT 1");
            return true;
        } catch (DuckDbException _) {
            return false;
        }
    }

    /// Stops the query that runs now, from any thread.
    void interrupt() {
        try (Call call = new Call()) {
            call.run(ApiFunction.CONNECTION_INTERRUPT, handle);
        }
    }

    /// Returns how far the query that runs now is, in percent; negative when not known.
    double percent() {
        try (Call call = new Call()) {
            MemorySegment figures = call.allocate(3L * Long.BYTES);
            call.run(
                    ApiFunction.CONNECTION_PROGRESS_GET,
                    handle,
                    figures,
                    figures.asSlice(Long.BYTES),
                    figures.asSlice(2L * Long.BYTES));
            return figures.get(ValueLayout.JAVA_DOUBLE, 0);
        }
    }

    @Override
    public void close() {
        Call.destroy(ApiFunction.CONNECTION_DESTROY, handle);
    }
}
