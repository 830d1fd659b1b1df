package dev.arrowshelf.sql;

import dev.arrowshelf.sql.cache.KeptReader;
import dev.arrowshelf.sql.cache.KeptRows;
import dev.arrowshelf.sql.cache.ResultCache;
import dev.arrowshelf.sql.cache.ResultKey;
import dev.arrowshelf.sql.model.ResultLimits;
import dev.arrowshelf.sql.model.SqlFigures;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.sql.model.SqlUse;
import dev.arrowshelf.sql.session.RunningQuery;
import dev.arrowshelf.sql.session.Sessions;
import dev.arrowshelf.sql.session.StatementTypes;
import dev.arrowshelf.sql.tables.TableSource;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// SQL over the tables of a shelf, which DuckDB reads where they lie.
///
/// A name in SQL means the table of that name; `_cache_name`, `shelf.name` and `main._cache_name`
/// mean it too. Each query sees the tables as they were when it first named them. Statements read;
/// nothing reaches files, the network, settings or extensions.
///
/// Thread rule: any thread, but platform threads only: a query works in the thread that takes its
/// rows as well.
///
/// Memory rule: owns the instance of DuckDB until [#close()], which stops the queries that run. The
/// shelf is the caller's and is closed later.
public final class SqlEngine implements AutoCloseable {
    private static final int MOST_SCHEMAS = 1024;

    private final Sessions sessions;
    private final BufferAllocator allocator = new RootAllocator();
    private final Signatures signatures = new Signatures();
    private final Map<String, Schema> schemas =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Schema> eldest) {
                    return size() > MOST_SCHEMAS;
                }
            };

    private SqlEngine(Sessions sessions) {
        this.sessions = sessions;
    }

    /// Opens an engine over a shelf. Errors: `INTERNAL` when DuckDB's library cannot be loaded,
    /// `INVALID_ARGUMENT` when it does not take the options.
    public static SqlEngine open(Shelf shelf, SqlOptions options) {
        return open(TableSource.of(shelf), options);
    }

    /// Opens an engine over tables.
    public static SqlEngine open(TableSource tables, SqlOptions options) {
        return new SqlEngine(Sessions.open(options, tables, Optional.empty()));
    }

    /// Opens an engine that may reach one file, for statements of ours.
    static SqlEngine overFile(TableSource tables, SqlOptions options, Path file) {
        return new SqlEngine(Sessions.open(options, tables, Optional.of(file)));
    }

    /// Starts a statement with values for its positional parameters; close the result.
    public SqlResult query(String sql, @Nullable Object... parameters) {
        return query(SqlRequest.of(sql, parameters));
    }

    /// Starts a statement; close the result. Errors: `INVALID_SQL`, `NOT_FOUND` for a table,
    /// `FORBIDDEN` for a statement that does not read or reaches outside, `BUSY` when no place
    /// becomes free in time, `TIMEOUT`, `OUT_OF_MEMORY`, `TOO_LARGE`.
    public SqlResult query(SqlRequest request) {
        ResultCache results = sessions.results();
        ResultKey key = ResultKey.of(request);
        boolean keeps = results.isOn() && key.isExact();
        KeptRows known = keeps ? results.find(key, sessions::areCurrent) : null;
        if (known != null) {
            return SqlResult.of(kept(known, request.limits()));
        }
        RunningQuery query = sessions.start(request);
        try {
            ResultReader reader = new ResultReader(query, request.limits(), allocator);
            if (keeps && query.repeatable().isPresent()) {
                reader.record(results, key);
            }
            return SqlResult.of(query, reader);
        } catch (Throwable failure) {
            query.close();
            throw failure;
        }
    }

    private KeptReader kept(KeptRows known, ResultLimits limits) {
        try {
            limits.check(known.rows(), known.bytes());
            return new KeptReader(known, allocator);
        } catch (Throwable failure) {
            known.release();
            throw failure;
        }
    }

    /// Returns the columns and parameters of a statement, which is not run, except for a PIVOT over
    /// values that it does not list. Errors: as for [#query(SqlRequest)].
    public SqlSignature signature(SqlRequest request) {
        return known(request).signature();
    }

    /// Returns the columns of a table that are the whole result of a statement as they lie on the
    /// shelf, all of them in memory: who can map the table need not have the query run. Empty where
    /// it has to run, also to say what is wrong with it.
    public Optional<StoredColumns> storedColumns(SqlRequest request) {
        boolean bare =
                request.positional().isEmpty()
                        && request.named().isEmpty()
                        && request.limits().equals(ResultLimits.NONE);
        Optional<PlainSelect> plain = bare ? PlainSelect.parse(request.sql()) : Optional.empty();
        if (plain.isEmpty()) {
            return Optional.empty();
        }
        try {
            Signatures.Known known = known(request);
            Map<List<String>, Long> tables = known.tables().orElse(Map.of());
            return tables.size() == 1
                    ? stored(plain.get(), known.signature(), tables)
                    : Optional.empty();
        } catch (ShelfException _) {
            return Optional.empty();
        }
    }

    private Optional<StoredColumns> stored(
            PlainSelect plain, SqlSignature signature, Map<List<String>, Long> tables) {
        Map.Entry<List<String>, Long> named = tables.entrySet().iterator().next();
        try (ShelfTable table = sessions.find(named.getKey())) {
            if (table == null
                    || table.generation() != named.getValue()
                    || table.spilledPartitions() > 0) {
                return Optional.empty();
            }
            return plain.columnsOf(table.schema(), signature.columns())
                    .map(columns -> new StoredColumns(table.name(), table.generation(), columns));
        }
    }

    private Signatures.Known known(SqlRequest request) {
        return signatures.find(request.sql(), sessions::areCurrent).orElseGet(() -> bound(request));
    }

    private Signatures.Known bound(SqlRequest request) {
        Optional<StatementTypes> found = sessions.types(request);
        if (found.isEmpty()) {
            try (SqlResult result = query(request)) {
                return new Signatures.Known(
                        new SqlSignature(result.schema(), new Schema(List.of())), Optional.empty());
            }
        }
        StatementTypes types = found.get();
        Signatures.Known known =
                new Signatures.Known(
                        new SqlSignature(schema(types.columns()), schema(types.namedParameters())),
                        types.tables());
        signatures.note(request.sql(), known);
        return known;
    }

    /// Has DuckDB say what Arrow types it makes of its own; what it said once stays true.
    private Schema schema(List<StatementTypes.Typed> columns) {
        if (columns.isEmpty()) {
            return new Schema(List.of());
        }
        String nulls =
                columns.stream()
                        .map(StatementTypes.Typed::asNull)
                        .collect(Collectors.joining(", ", "select ", " limit 0"));
        synchronized (schemas) {
            Schema known = schemas.get(nulls);
            if (known != null) {
                return known;
            }
        }
        try (SqlResult result = query(nulls)) {
            Schema schema = result.schema();
            synchronized (schemas) {
                schemas.put(nulls, schema);
            }
            return schema;
        }
    }

    /// Returns the plan of a statement as text, or as JSON; with `analyze` the statement runs, and
    /// the plan has times and row counts.
    public String explain(SqlRequest request, boolean analyze, boolean json) {
        try (SqlResult result = query(explained(request, analyze, json))) {
            return planOf(result);
        } catch (IOException failure) {
            throw new ShelfException(ErrorCode.IO, "plan cannot be read", failure);
        }
    }

    /// Returns the statement whose result is the plan of another.
    public static SqlRequest explained(SqlRequest request, boolean analyze, boolean json) {
        String options = (analyze ? "ANALYZE, " : "") + "FORMAT " + (json ? "json" : "text");
        return request.withSql("EXPLAIN (" + options + ") " + request.sql());
    }

    /// Takes the plan out of the result of an [#explained(SqlRequest, boolean, boolean)] statement.
    public static String planOf(SqlResult result) throws IOException {
        return lastColumn(result.reader());
    }

    /// Returns what queries do and what is kept of them.
    public SqlFigures figures() {
        return sessions.figures();
    }

    /// Returns what queries hold now.
    public SqlUse use() {
        return sessions.use();
    }

    @Override
    public void close() {
        sessions.close();
        allocator.close();
    }

    private static String lastColumn(ArrowReader reader) throws IOException {
        StringBuilder text = new StringBuilder();
        VectorSchemaRoot root = reader.getVectorSchemaRoot();
        while (reader.loadNextBatch()) {
            VarCharVector lines = (VarCharVector) root.getFieldVectors().getLast();
            for (int row = 0; row < root.getRowCount(); row++) {
                text.append(lines.getObject(row)).append('\n');
            }
        }
        return text.toString().stripTrailing();
    }
}
