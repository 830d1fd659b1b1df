package dev.arrowshelf.sql;

import dev.arrowshelf.sql.cache.KeptReader;
import dev.arrowshelf.sql.session.RunningQuery;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

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
    private final ArrowReader reader;
    private final VectorSchemaRoot root;
    private final @Nullable RunningQuery query;

    private SqlResult(ArrowReader reader, VectorSchemaRoot root, @Nullable RunningQuery query) {
        this.reader = reader;
        this.root = root;
        this.query = query;
    }

    /// The rows of a query that runs.
    static SqlResult of(RunningQuery query, ResultReader reader) {
        return new SqlResult(reader, reader.getVectorSchemaRoot(), query);
    }

    /// Rows that are known from before.
    static SqlResult of(KeptReader reader) {
        return new SqlResult(reader, reader.getVectorSchemaRoot(), null);
    }

    /// Returns the columns of the result.
    public Schema schema() {
        return root.getSchema();
    }

    /// Returns the reader of the rows; there is one. Closing it closes the result.
    public ArrowReader reader() {
        return reader;
    }

    /// Stops the query at once; whoever takes its rows gets `CANCELLED`.
    public void cancel() {
        if (query != null) {
            query.cancel();
        }
    }

    /// Returns how far the query is, in percent; negative when that is not known.
    public double percent() {
        return query == null ? 100 : query.percent();
    }

    /// Ends the query. Idempotent.
    @Override
    public void close() {
        try {
            reader.close();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
