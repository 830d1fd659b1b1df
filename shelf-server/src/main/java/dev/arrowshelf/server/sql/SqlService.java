package dev.arrowshelf.server.sql;

import dev.arrowshelf.sql.SqlEngine;
import dev.arrowshelf.sql.SqlResult;
import dev.arrowshelf.sql.StoredColumns;
import dev.arrowshelf.sql.model.SqlFigures;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.sql.tables.TableSource;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.VectorSource;
import dev.arrowshelf.store.table.put.TablePutter;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
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
    private final BackgroundQueries background;
    private final ResultLengths lengths = new ResultLengths();
    private final Map<Long, Cancellation> running = new ConcurrentHashMap<>();
    private @Nullable SqlEngine engine;
    private boolean closed;

    public SqlService(TableSource tables, TablePutter putter, SqlOptions options) {
        this.tables = tables;
        this.putter = putter;
        this.options = options;
        this.background = new BackgroundQueries(this::engine, putter);
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

    /// Returns what queries do and what is kept of them.
    public synchronized SqlFigures figures() {
        return engine == null ? SqlFigures.NONE : engine.figures();
    }

    /// Returns the queries that run while nobody waits.
    public BackgroundQueries background() {
        return background;
    }

    /// Runs a query to its end and returns what it came to.
    public QueryAnswer run(QueryRequest request) {
        return switch (request.answer()) {
            case QueryRequest.Plan(boolean analyze, boolean json) ->
                    rows(
                            request,
                            SqlEngine.explained(request.sql(), analyze, json),
                            result -> new QueryAnswer.Plan(SqlEngine.planOf(result)));
            case QueryRequest.Table(String name) ->
                    rows(
                            request,
                            request.sql(),
                            result ->
                                    new QueryAnswer.Stored(
                                            keep(name, request.sql(), result.reader())));
            case QueryRequest.Rows(boolean inPlace) -> rows(request, inPlace);
        };
    }

    private QueryAnswer rows(QueryRequest request, boolean inPlace) {
        Optional<StoredColumns> stored =
                inPlace ? engine().storedColumns(request.sql()) : Optional.empty();
        return stored.isPresent()
                ? new QueryAnswer.InPlace(stored.get())
                : rows(request, request.sql(), result -> lend(request.sql(), result.reader()));
    }

    /// Stops a query of any client, also one that waits in line; false when there is none.
    public boolean cancel(long number) {
        Cancellation query = running.get(number);
        if (query != null) {
            query.cancel();
        }
        return query != null;
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
        background.close();
        if (last != null) {
            last.close();
        }
    }

    private QueryAnswer rows(QueryRequest request, SqlRequest statement, Taker taker) {
        Cancellation cancellation = new Cancellation();
        if (running.putIfAbsent(request.number(), cancellation) != null) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL,
                    "a query of this number is running: query=" + request.number());
        }
        try (SqlResult result = engine().query(statement)) {
            cancellation.begun(result);
            return taker.take(result);
        } catch (IOException failure) {
            throw new ShelfException(ErrorCode.IO, "rows cannot be written", failure);
        } finally {
            running.remove(request.number());
        }
    }

    /// Small results travel in the answer; of others the client maps the segment they are written
    /// to.
    private QueryAnswer lend(SqlRequest request, ArrowReader reader) throws IOException {
        try (FirstBatches first = FirstBatches.take(reader)) {
            if (first.isAll()) {
                return new QueryAnswer.Inline(first.stream());
            }
            return new QueryAnswer.Lent(
                    keep(RESULT_PREFIX + UUID.randomUUID(), request, first.reader()));
        }
    }

    /// A result that was asked for before begins with the length that it had then.
    private TableInfo keep(String name, SqlRequest request, ArrowReader reader) {
        TableInfo result =
                putter.put(
                        name,
                        VectorSource.of(reader),
                        PutOptions.DEFAULT.withExpectedBytes(lengths.of(request)));
        lengths.note(request, result.bytes());
        return result;
    }

    @FunctionalInterface
    private interface Taker {
        QueryAnswer take(SqlResult result) throws IOException;
    }
}
