package dev.arrowshelf.sql.session;

import dev.arrowshelf.sql.duckdb.ApiFunction;
import dev.arrowshelf.sql.duckdb.Call;
import dev.arrowshelf.sql.duckdb.DuckDbException;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.sql.scan.QuerySnapshot;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A query from its place in line to its last row.
///
/// Thread rule: rows are taken by one thread at a time; [#stop] and [#percent()] from any. Memory
/// rule: owns its place, connection, tables and handles until [#close()], which any thread may call
/// and which first stops what runs.
public final class RunningQuery implements AutoCloseable {
    private final Sessions sessions;
    private final Database database;
    private final Connection connection;
    private final QuerySnapshot snapshot;
    private final Object stopping = new Object();
    private final AtomicReference<StopReason> stopped = new AtomicReference<>(StopReason.NONE);
    private MemorySegment result = MemorySegment.NULL;
    private MemorySegment early = MemorySegment.NULL;
    private Alarms.@Nullable Alarm alarm;
    private boolean ended;
    private boolean repeatable;
    private volatile boolean closed;
    private volatile @Nullable Started begun;

    RunningQuery(
            Sessions sessions, Database database, Connection connection, QuerySnapshot snapshot) {
        this.sessions = sessions;
        this.database = database;
        this.connection = connection;
        this.snapshot = snapshot;
    }

    /// A statement and when it began.
    record Started(String sql, Instant begun, long beginNanos) {
        Duration age() {
            return Duration.ofNanos(System.nanoTime() - beginNanos);
        }
    }

    /// Returns what runs; empty while it waits for its turn.
    Optional<Started> started() {
        return Optional.ofNullable(begun);
    }

    /// Parses, checks, binds and starts. On failure the caller closes this.
    synchronized void start(SqlRequest request, Duration timeout) {
        alarm = sessions.alarms().in(timeout, () -> stop(StopReason.TIMEOUT));
        begun = new Started(request.sql(), Instant.now(), System.nanoTime());
        connection.names().use(snapshot);
        try (Call call = new Call();
                Statements statements = sessions.admit(call, connection, request.sql());
                Parameters parameters = Parameters.of(call, connection.factory(call), request)) {
            repeatable =
                    sessions.results().isOn()
                            && RepeatableText.is(call, connection.handle(), request.sql())
                            && StatementGate.isSelect(call, statements.all().getFirst());
            result =
                    call.get(
                            ApiFunction.STATEMENT_EXECUTE_ARROW,
                            connection.handle(),
                            statements.all().getFirst(),
                            parameters.names(),
                            parameters.values(),
                            parameters.count(),
                            0L);
            if (StatementGate.isGroup(call, statements.all().getFirst())) {
                fetchEarly(call);
            }
        } catch (RuntimeException failure) {
            throw failed(failure);
        }
    }

    /// Parses, checks and binds, and runs nothing; empty for what DuckDB makes several statements
    /// of.
    synchronized Optional<StatementTypes> types(SqlRequest request, Duration timeout) {
        alarm = sessions.alarms().in(timeout, () -> stop(StopReason.TIMEOUT));
        connection.names().use(snapshot);
        try (Call call = new Call();
                Statements statements = sessions.admit(call, connection, request.sql())) {
            MemorySegment statement = statements.all().getFirst();
            return StatementGate.isGroup(call, statement)
                    ? Optional.empty()
                    : Optional.of(
                            StatementTypes.of(
                                    call, connection.handle(), statement, snapshot::generations));
        } catch (RuntimeException failure) {
            throw failed(failure);
        }
    }

    /// Returns the generation of each table by its name in the statement, when the same statement
    /// over the same tables has the same rows at any time; else empty.
    public synchronized Optional<Map<List<String>, Long>> repeatable() {
        return repeatable ? snapshot.generations() : Optional.empty();
    }

    /// Writes the schema of the rows into an empty schema of the Arrow C data interface.
    public synchronized void schema(long address) {
        checkOpen();
        try (Call call = new Call()) {
            call.run(ApiFunction.ARROW_RESULT_GET_SCHEMA, result, MemorySegment.ofAddress(address));
        } catch (RuntimeException failure) {
            throw failed(failure);
        }
    }

    /// Writes the next rows into an empty array of the Arrow C data interface; it stays empty after
    /// the last ones.
    public synchronized void next(long address) {
        checkOpen();
        if (stopped.get() != StopReason.NONE) {
            throw SqlErrors.stopped(stopped.get(), null);
        }
        if (ended) {
            return;
        }
        try (Call call = new Call()) {
            if (early.address() != 0) {
                Call.view(MemorySegment.ofAddress(address), ResultArrays.ARRAY_BYTES)
                        .copyFrom(early);
                ended = !ResultArrays.isPresent(early);
                early = MemorySegment.NULL;
                return;
            }
            MemorySegment array =
                    Call.view(MemorySegment.ofAddress(address), ResultArrays.ARRAY_BYTES);
            call.run(ApiFunction.ARROW_RESULT_FETCH_ARRAY, result, array);
            ended = !ResultArrays.isPresent(array);
        } catch (RuntimeException failure) {
            ended = true;
            throw failed(failure);
        }
    }

    /// Stops the query; whoever takes its rows gets `CANCELLED`. Does nothing after its end.
    public void cancel() {
        stop(StopReason.CANCELLED);
    }

    /// Returns how far the query is, in percent; negative when that is not known.
    public double percent() {
        return closed ? 100 : connection.percent();
    }

    @Override
    public void close() {
        stop(StopReason.CANCELLED);
        synchronized (this) {
            if (closed) {
                return;
            }
            synchronized (stopping) {
                closed = true;
            }
            Alarms.Alarm waiting = alarm;
            if (waiting != null) {
                sessions.alarms().callOff(waiting);
            }
            if (early.address() != 0) {
                ResultArrays.release(early);
            }
            Call.destroy(ApiFunction.ARROW_RESULT_DESTROY, result);
            connection.names().use(null);
            snapshot.close();
            sessions.ended(this, database, connection);
        }
    }

    /// What DuckDB makes several statements of has no schema before its first rows are there.
    private void fetchEarly(Call call) {
        MemorySegment array = snapshot.memory(ResultArrays.ARRAY_BYTES);
        call.run(ApiFunction.ARROW_RESULT_FETCH_ARRAY, result, array);
        early = array;
    }

    private void stop(StopReason reason) {
        synchronized (stopping) { // or the connection might be another query's by now
            if (!closed && !isEnded() && stopped.compareAndSet(StopReason.NONE, reason)) {
                connection.interrupt();
            }
        }
    }

    @SuppressWarnings("GuardedBy")
    private boolean isEnded() {
        return ended;
    }

    private void checkOpen() {
        if (closed) {
            throw new ShelfException(ErrorCode.CLOSED, "query is closed");
        }
    }

    private RuntimeException failed(RuntimeException failure) {
        if (failure instanceof DuckDbException refused
                && (SqlErrors.isFatal(refused)
                        || (SqlErrors.isInternal(refused) && !connection.works()))) {
            sessions.abandon(database, refused);
        }
        return SqlErrors.of(failure, snapshot, stopped.get());
    }
}
