package dev.arrowshelf.server.sql;

import dev.arrowshelf.sql.SqlEngine;
import dev.arrowshelf.sql.SqlResult;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.sql.tables.TableSource;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.VectorSource;
import dev.arrowshelf.store.table.put.TablePutter;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.jspecify.annotations.Nullable;

/// SQL for the clients of a daemon. The engine is opened by the first query: a daemon that is never
/// asked for SQL does not load it.
///
/// Thread-safe; queries work in the caller's thread, which is a platform thread. Owns the engine
/// until [#close()]; tables and putter are the caller's.
public final class SqlService implements AutoCloseable {
    /// Begins the names of tables that are results on their way to a client.
    public static final String RESULT_PREFIX = "\u0001";

    private final TableSource tables;
    private final TablePutter putter;
    private final SqlOptions options;
    private final Map<Long, SqlResult> running = new ConcurrentHashMap<>();
    private @Nullable SqlEngine engine;
    private boolean closed;

    public SqlService(TableSource tables, TablePutter putter, SqlOptions options) {
        this.tables = tables;
        this.putter = putter;
        this.options = options;
    }

    /// Returns the engine, opened when it is not. Error: `CLOSED`.
    public synchronized SqlEngine engine() {
        if (closed) {
            throw new ShelfException(ErrorCode.CLOSED, "the daemon stops");
        }
        SqlEngine present = engine;
        if (present == null) {
            present = SqlEngine.open(tables, options);
            engine = present;
        }
        return present;
    }

    /// Runs a query to its end and returns what it came to.
    public QueryAnswer run(QueryRequest request) {
        return switch (request.answer()) {
            case QueryRequest.Plan(boolean analyze, boolean json) ->
                    new QueryAnswer.Plan(engine().explain(request.sql(), analyze, json));
            case QueryRequest.Table(String name) ->
                    rows(request, reader -> new QueryAnswer.Stored(put(name, reader)));
            case QueryRequest.Rows() -> rows(request, this::lend);
        };
    }

    /// Stops a query of any client; false when it is not running.
    public boolean cancel(long number) {
        SqlResult result = running.get(number);
        if (result != null) {
            result.cancel();
        }
        return result != null;
    }

    /// Puts the rows of a reader on the shelf.
    public TableInfo put(String name, ArrowReader reader) {
        return putter.put(name, VectorSource.of(reader), PutOptions.DEFAULT);
    }

    @Override
    public void close() {
        SqlEngine last;
        synchronized (this) {
            closed = true;
            last = engine;
            engine = null;
        }
        if (last != null) {
            last.close();
        }
    }

    private QueryAnswer rows(QueryRequest request, Taker taker) {
        try (SqlResult result = engine().query(request.sql())) {
            if (running.putIfAbsent(request.number(), result) != null) {
                throw new ShelfException(
                        ErrorCode.PROTOCOL,
                        "a query of this number is running: query=" + request.number());
            }
            try {
                return taker.take(result.reader());
            } finally {
                running.remove(request.number());
            }
        } catch (IOException failure) {
            throw new ShelfException(ErrorCode.IO, "rows cannot be written", failure);
        }
    }

    /// Small results travel in the answer; of others the client maps the segment they are written
    /// to.
    private QueryAnswer lend(ArrowReader reader) throws IOException {
        try (FirstBatches first = FirstBatches.take(reader)) {
            if (first.isAll()) {
                return new QueryAnswer.Inline(first.stream());
            }
            return new QueryAnswer.Lent(put(RESULT_PREFIX + UUID.randomUUID(), first.reader()));
        }
    }

    @FunctionalInterface
    private interface Taker {
        QueryAnswer take(ArrowReader reader) throws IOException;
    }
}
