package dev.arrowshelf.server.sql;

import dev.arrowshelf.sql.SqlEngine;
import dev.arrowshelf.sql.SqlResult;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.Retention;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.VectorSource;
import dev.arrowshelf.store.table.put.TablePutter;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Queries that run while their clients only look in from time to time. The rows lie on the shelf
/// when a query has ended, until they expire.
///
/// Thread-safe. Owns the threads that queries run in until [#close()].
public final class BackgroundQueries implements AutoCloseable {
    /// How long rows and what is known of a query stay.
    static final Duration KEPT = Duration.ofMinutes(10);

    private static final int MOST = 256;

    private final Supplier<SqlEngine> engine;
    private final TablePutter putter;
    private final Map<String, Running> queries = new ConcurrentHashMap<>();
    private final ExecutorService threads =
            Executors.newCachedThreadPool(
                    Thread.ofPlatform().daemon().name("shelf-sql-background-", 0).factory());

    /// @param engine asked for when a query begins
    BackgroundQueries(Supplier<SqlEngine> engine, TablePutter putter) {
        this.engine = engine;
        this.putter = putter;
    }

    /// How far a query is.
    ///
    /// @param part from 0 to 1; negative when that is not known
    /// @param rows where its rows lie; empty while it runs
    public record Progress(double part, Optional<TableInfo> rows) {}

    /// Begins a query and returns its name. Error: `BUSY` when too many are known.
    public String start(SqlRequest request) {
        long now = System.nanoTime();
        queries.values().removeIf(query -> query.isOver(now));
        if (queries.size() >= MOST) {
            throw new ShelfException(
                    ErrorCode.BUSY, "too many queries in the background: known=" + queries.size());
        }
        String name = UUID.randomUUID().toString();
        Running query = new Running();
        query.work = threads.submit(() -> query.run(request));
        queries.put(name, query);
        return name;
    }

    /// Waits a while for the end of a query and returns how far it is. Errors: `NOT_FOUND`, and
    /// what the query failed with.
    public Progress poll(String name, Duration longest) {
        return query(name).await(longest);
    }

    /// Stops a query; false when it had ended.
    public boolean cancel(String name) {
        Running query = query(name);
        boolean running = !query.isDone();
        query.cancellation.cancel();
        return running;
    }

    private Running query(String name) {
        Running query = queries.get(name);
        if (query == null) {
            throw new ShelfException(ErrorCode.NOT_FOUND, "no such query: query=" + name);
        }
        return query;
    }

    /// Stops all queries.
    @Override
    public void close() {
        queries.values().forEach(query -> query.cancellation.cancel());
        threads.shutdown();
    }

    /// One query.
    private final class Running {
        private final Cancellation cancellation = new Cancellation();
        private volatile @Nullable SqlResult result;
        private volatile @Nullable Future<TableInfo> work;
        private volatile long lastNanos = System.nanoTime();

        TableInfo run(SqlRequest request) {
            try (SqlResult rows = engine.get().query(request)) {
                result = rows;
                cancellation.begun(rows);
                return putter.put(
                        SqlService.RESULT_PREFIX + UUID.randomUUID(),
                        VectorSource.of(rows.reader()),
                        PutOptions.DEFAULT.withRetention(
                                new Retention(Optional.of(KEPT), Optional.empty(), "")));
            } finally {
                result = null;
            }
        }

        boolean isDone() {
            Future<TableInfo> present = work;
            return present != null && present.isDone();
        }

        boolean isOver(long now) {
            return isDone() && now - lastNanos > KEPT.toNanos();
        }

        Progress await(Duration longest) {
            lastNanos = System.nanoTime();
            Future<TableInfo> present = work;
            if (present == null) {
                return new Progress(-1, Optional.empty());
            }
            try {
                return new Progress(
                        1, Optional.of(present.get(longest.toMillis(), TimeUnit.MILLISECONDS)));
            } catch (TimeoutException _) {
                SqlResult running = result;
                double percent = running == null ? -1 : running.percent();
                return new Progress(percent < 0 ? -1 : percent / 100, Optional.empty());
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new ShelfException(ErrorCode.CANCELLED, "interrupted", interrupted);
            } catch (ExecutionException failed) {
                if (failed.getCause() instanceof ShelfException told) {
                    throw told;
                }
                throw new ShelfException(ErrorCode.INTERNAL, "query failed", failed);
            }
        }
    }
}
