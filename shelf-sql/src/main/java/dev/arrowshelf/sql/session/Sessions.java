package dev.arrowshelf.sql.session;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.sql.cache.ResultCache;
import dev.arrowshelf.sql.duckdb.Call;
import dev.arrowshelf.sql.duckdb.DuckDbException;
import dev.arrowshelf.sql.duckdb.DuckDbLibrary;
import dev.arrowshelf.sql.duckdb.LibraryException;
import dev.arrowshelf.sql.model.SqlFigures;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.sql.model.SqlUse;
import dev.arrowshelf.sql.scan.Tables;
import dev.arrowshelf.sql.tables.TableSource;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The instance of DuckDB that queries run in now, and the queries that run.
///
/// Thread-safe. An instance that DuckDB gives up is replaced by a new one for the next query, and
/// closed when its last query has ended. Owns everything until [#close()].
public final class Sessions implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Sessions.class.getName());

    private final SqlOptions options;
    private final Tables tables;
    private final Optional<Path> file;
    private final QueryQueue queue;
    private final ResultCache results;
    private final Alarms alarms = new Alarms("shelf-sql-alarms");
    private final Set<RunningQuery> running = ConcurrentHashMap.newKeySet();
    private final Map<Database, Integer> users = new HashMap<>();
    private final LongAdder instances = new LongAdder();
    private @Nullable Database current;
    private boolean closed;

    private Sessions(SqlOptions options, TableSource source, Optional<Path> file) {
        this.options = options;
        this.file = file;
        ShelfFacts shelf = new ShelfFacts(source);
        EngineFacts engine = new EngineFacts(options, running);
        this.results =
                new ResultCache(
                        file.isPresent() ? new ByteSize(0) : options.memory().resultCache());
        this.tables =
                new Tables(
                        source,
                        List.of(
                                shelf.tables(),
                                shelf.partitions(),
                                engine.queries(),
                                engine.settings(),
                                EngineFacts.figures(this::figures)));
        this.queue = new QueryQueue(options.queries(), options.queueTime());
    }

    /// Loads DuckDB's library, checks it and opens an instance. Error: `INTERNAL` when the library
    /// is missing or not the right one.
    ///
    /// @param file the one file that statements of ours may read or write; empty: none, and
    ///   statements of anybody, which only read tables
    public static Sessions open(SqlOptions options, TableSource source, Optional<Path> file) {
        try {
            DuckDbLibrary.load();
        } catch (LibraryException missing) {
            throw new ShelfException(
                    ErrorCode.INTERNAL, "SQL is not available: " + missing.getMessage(), missing);
        }
        Sessions sessions = new Sessions(options, source, file);
        try {
            synchronized (sessions) {
                sessions.current = sessions.database();
            }
            return sessions;
        } catch (DuckDbException refused) {
            sessions.close();
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "SQL cannot start: " + refused.getMessage(),
                    refused);
        }
    }

    /// Waits for a place and starts a query; close what it returns.
    public RunningQuery start(SqlRequest request) {
        return again(() -> begun(request));
    }

    /// A query that was unlucky with its instance is tried once more, in a new one.
    private static <T> T again(Supplier<T> attempt) {
        try {
            return attempt.get();
        } catch (ShelfException failure) {
            if (SqlErrors.isOfDeadInstance(failure)) {
                return attempt.get();
            }
            throw failure;
        }
    }

    private RunningQuery begun(SqlRequest request) {
        RunningQuery query = enter();
        try {
            query.start(request, request.timeout().orElse(options.timeout()));
            return query;
        } catch (Throwable failure) {
            query.close();
            throw failure;
        }
    }

    /// Returns the results that are kept.
    public ResultCache results() {
        return results;
    }

    /// Returns whether tables are of the generations that they had under these names.
    public boolean areCurrent(Map<List<String>, Long> generations) {
        return tables.areCurrent(generations);
    }

    /// Returns the table that a name in SQL means, or null when it is qualified with something that
    /// is no shelf; the caller closes it. Error: `NOT_FOUND`.
    public @Nullable ShelfTable find(List<String> name) {
        return tables.find(name);
    }

    /// Returns the types of a statement's columns and parameters without running it; empty for a
    /// statement that has no types before it runs.
    public Optional<StatementTypes> types(SqlRequest request) {
        return again(() -> {
            try (RunningQuery query = enter()) {
                return query.types(request, request.timeout().orElse(options.timeout()));
            }
        });
    }

    private Database database() {
        String allowed =
                file.map(path ->
                                "SET GLOBAL allowed_paths = ['%s'];"
                                        .formatted(path.toString().replace("'", "''")))
                        .orElse("");
        Database opened = Database.open(options, tables, allowed);
        instances.increment();
        return opened;
    }

    /// Parses a statement; one that is not ours has to be one that reads.
    Statements admit(Call call, Connection connection, String sql) {
        return file.isPresent()
                ? Statements.parse(call, connection.handle(), sql)
                : StatementGate.admit(call, connection.handle(), sql);
    }

    private RunningQuery enter() {
        queue.enter();
        try {
            return begin();
        } catch (Throwable failure) {
            queue.leave();
            throw failure;
        }
    }

    /// Returns what queries hold now; all zero when none runs.
    public SqlUse use() {
        synchronized (this) {
            return new SqlUse(
                    queue.running(),
                    queue.waiting(),
                    tables.pinned(),
                    tables.blocksLent(),
                    users.keySet().stream().mapToInt(Database::objectsHeld).sum()
                            + (current == null || users.containsKey(current)
                                    ? 0
                                    : current.objectsHeld()),
                    tables.groupsSkipped());
        }
    }

    /// Returns what queries do and what is kept of them.
    public SqlFigures figures() {
        ResultCache.Figures kept = results.figures();
        return new SqlFigures(
                use(),
                kept.results(),
                kept.bytes(),
                kept.hits(),
                kept.misses(),
                twinBytes(),
                instances.sum());
    }

    private synchronized long twinBytes() {
        return current == null ? 0 : current.twinBytes();
    }

    private synchronized RunningQuery begin() {
        if (closed) {
            throw new ShelfException(ErrorCode.CLOSED, "SQL is closed");
        }
        Database database = current;
        if (database == null) {
            database = database();
            current = database;
        }
        Connection connection = database.borrow();
        users.merge(database, 1, Integer::sum);
        RunningQuery query = new RunningQuery(this, database, connection, tables.snapshot());
        running.add(query);
        return query;
    }

    Alarms alarms() {
        return alarms;
    }

    /// Takes a query's connection and place back.
    void ended(RunningQuery query, Database database, Connection connection) {
        running.remove(query);
        Database unused = null;
        synchronized (this) {
            database.giveBack(connection);
            int left = users.merge(database, -1, Integer::sum);
            if (left == 0) {
                users.remove(database);
                unused = database.equals(current) ? null : database;
            }
        }
        if (unused != null) {
            unused.close();
        }
        queue.leave();
    }

    /// No query begins in this instance any more.
    synchronized void abandon(Database database, DuckDbException cause) {
        if (database.equals(current)) {
            current = null;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "DuckDB gave its instance up; the next query opens another",
                    cause);
        }
    }

    /// Stops the queries that run, and ends the instance.
    @Override
    public void close() {
        Database last;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            last = current;
        }
        running.forEach(RunningQuery::close);
        if (last != null) {
            last.close();
        }
        alarms.close();
        results.close();
        tables.close();
    }
}
