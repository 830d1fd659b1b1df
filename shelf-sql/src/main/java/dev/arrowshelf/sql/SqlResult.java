package dev.arrowshelf.sql;

import dev.arrowshelf.sql.session.RunningQuery;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;

/// A query that runs, and its rows.
///
/// Thread rule: rows belong to one thread at a time; [#cancel()] and [#percent()] may be called by
/// any.
///
/// Memory rule: rows are made while they are taken; vectors are the reader's. The query keeps its
/// tables, and its place among those that run at once, until this is closed.
///
/// Errors while rows are taken: `INVALID_SQL` (a cast that fails, a division), `OUT_OF_MEMORY`,
/// `TIMEOUT`, `CANCELLED`.
public final class SqlResult implements AutoCloseable {
    private final RunningQuery query;
    private final ResultReader reader;

    SqlResult(RunningQuery query, BufferAllocator allocator) {
        this.query = query;
        this.reader = new ResultReader(query, allocator);
    }

    /// Returns the columns of the result.
    public Schema schema() {
        return reader.getVectorSchemaRoot().getSchema();
    }

    /// Returns the reader of the rows; there is one. Closing it closes the result.
    public ArrowReader reader() {
        return reader;
    }

    /// Stops the query at once; whoever takes its rows gets `CANCELLED`.
    public void cancel() {
        query.cancel();
    }

    /// Returns how far the query is, in percent; negative when that is not known.
    public double percent() {
        return query.percent();
    }

    /// Ends the query. Idempotent.
    @Override
    public void close() {
        reader.close();
    }
}
