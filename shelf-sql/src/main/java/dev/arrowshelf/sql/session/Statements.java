package dev.arrowshelf.sql.session;

import dev.arrowshelf.sql.duckdb.ApiFunction;
import dev.arrowshelf.sql.duckdb.Call;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The statements that a text consists of. One thread; owns their handles until [#close()].
final class Statements implements AutoCloseable {
    private final List<MemorySegment> all = new ArrayList<>();

    private Statements() {}

    static Statements parse(Call call, MemorySegment connection, String sql) {
        int zero = sql.indexOf('\0');
        if (zero >= 0) {
            throw new ShelfException(
                    ErrorCode.INVALID_SQL, "text has a zero character: position=" + zero);
        }
        Statements statements = new Statements();
        MemorySegment iterator = call.get(ApiFunction.PARSE_SQL, connection, call.terminated(sql));
        try {
            MemorySegment next = call.get(ApiFunction.STATEMENT_ITERATOR_NEXT, iterator);
            while (next.address() != 0) {
                statements.all.add(next);
                next = call.get(ApiFunction.STATEMENT_ITERATOR_NEXT, iterator);
            }
            return statements;
        } catch (Throwable failure) {
            statements.close();
            throw failure;
        } finally {
            Call.destroy(ApiFunction.STATEMENT_ITERATOR_DESTROY, iterator);
        }
    }

    List<MemorySegment> all() {
        return all;
    }

    @Override
    public void close() {
        all.forEach(statement -> Call.destroy(ApiFunction.SQL_STATEMENT_DESTROY, statement));
        all.clear();
    }
}
