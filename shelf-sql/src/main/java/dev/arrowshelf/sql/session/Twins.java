package dev.arrowshelf.sql.session;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.sql.duckdb.DuckDbException;
import dev.arrowshelf.sql.scan.QuerySnapshot;
import dev.arrowshelf.sql.scan.Tables;
import dev.arrowshelf.sql.scan.TwinTables;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Tables that queries name again and again, copied into DuckDB's own storage, which knows the
/// least and greatest values, and to which DuckDB tells what a join is looking for.
///
/// Thread-safe. One thread of its own copies and drops through a connection of its own. A copy is
/// of one generation: when the table is another one its copy is read no more, and dropped. Queries
/// that began with a copy keep it to their end.
final class Twins implements TwinTables, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Twins.class.getName());
    private static final long LOOK_MILLIS = 5_000;

    private final Connection connection;
    private final Tables tables;
    private final String schema;
    private final long limit;
    private final Map<Long, Twin> byGeneration = new LinkedHashMap<>(16, 0.75f, true);
    private final Thread worker;
    private boolean closed;

    /// @param connection used by nobody else; its names never mean copies
    /// @param schema where copies lie, made already
    Twins(Connection connection, Tables tables, String schema, ByteSize limit) {
        this.connection = connection;
        this.tables = tables;
        this.schema = schema;
        this.limit = limit.bytes();
        this.worker = Thread.ofPlatform().daemon().name("shelf-sql-twins").unstarted(this::work);
    }

    void start() {
        worker.start();
    }

    @Override
    public synchronized @Nullable Copy find(ShelfTable table) {
        if (table.byteSize() > limit || closed) {
            return null;
        }
        Twin twin =
                byGeneration.computeIfAbsent(
                        table.generation(),
                        generation -> new Twin(table.name(), generation, table.byteSize()));
        twin.mention();
        if (twin.isWanted()) {
            notifyAll();
        }
        if (twin.state() != Twin.State.READY) {
            return null;
        }
        twin.use();
        return new Copy(select(twin), () -> release(twin));
    }

    /// Returns the bytes of the tables that are copied now.
    synchronized long bytes() {
        return byGeneration.values().stream()
                .filter(twin -> twin.state() == Twin.State.READY)
                .mapToLong(Twin::bytes)
                .sum();
    }

    private String select(Twin twin) {
        return "SELECT * FROM " + place(twin);
    }

    private String place(Twin twin) {
        return "memory.\"" + schema + "\".\"" + twin.name() + '"';
    }

    private synchronized void release(Twin twin) {
        twin.release();
    }

    private void work() {
        while (true) {
            leaveStale();
            Twin wanted = await();
            dropUnused();
            if (wanted != null) {
                makeRoom(wanted);
                dropUnused();
                copy(wanted);
            } else if (isClosed()) {
                return;
            }
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /// Waits for a table that is wanted; null when it is time to look around, or to end.
    private synchronized @Nullable Twin await() {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS);
        while (!closed) {
            Optional<Twin> wanted =
                    byGeneration.values().stream().filter(Twin::isWanted).findFirst();
            long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (wanted.isPresent() || left <= 0) {
                return wanted.orElse(null);
            }
            try {
                wait(left);
            } catch (InterruptedException _) {
                closed = true; // nobody else interrupts this thread
            }
        }
        return null;
    }

    /// What is not its table's present generation any more is read by no new query.
    private void leaveStale() {
        List<Twin> known;
        synchronized (this) {
            known = List.copyOf(byGeneration.values());
        }
        for (Twin twin : known) {
            // tables are looked up without the lock: that may read files
            if (!tables.areCurrent(Map.of(List.of(twin.table()), twin.generation()))) {
                synchronized (this) {
                    twin.become(Twin.State.LEAVING);
                }
            }
        }
    }

    private void dropUnused() {
        List<Twin> unused = new ArrayList<>();
        synchronized (this) {
            byGeneration
                    .values()
                    .removeIf(twin -> {
                        boolean goes = twin.state() == Twin.State.LEAVING && !twin.isUsed();
                        return goes && unused.add(twin);
                    });
        }
        for (Twin twin : unused) {
            try {
                connection.execute("DROP TABLE IF EXISTS " + place(twin));
            } catch (DuckDbException refused) {
                if (!isClosed()) {
                    LOG.log(System.Logger.Level.WARNING, "a copy for queries stays", refused);
                }
            }
        }
    }

    private void copy(Twin twin) {
        Twin.State state = Twin.State.REFUSED;
        try (QuerySnapshot snapshot = tables.snapshot()) {
            connection.names().use(snapshot);
            connection.execute(
                    "CREATE TABLE "
                            + place(twin)
                            + " AS FROM \""
                            + twin.table().replace("\"", "\"\"")
                            + '"');
            boolean right =
                    snapshot.generations().orElse(Map.of()).containsValue(twin.generation());
            state = right ? Twin.State.READY : Twin.State.LEAVING;
        } catch (DuckDbException | ShelfException refused) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    () -> "no copy for queries: table=" + twin.table(),
                    refused);
        } finally {
            connection.names().use(null);
        }
        synchronized (this) {
            twin.become(state);
        }
    }

    /// Has those leave that were not named for the longest time.
    private synchronized void makeRoom(Twin wanted) {
        long needed = bytes() + wanted.bytes() - limit;
        for (Twin twin : byGeneration.values()) {
            if (needed > 0 && twin.state() == Twin.State.READY) {
                twin.become(Twin.State.LEAVING);
                needed -= twin.bytes();
            }
        }
        wanted.become(Twin.State.COPYING);
    }

    /// Ends the work; copies end with the instance.
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        connection.interrupt();
        boolean interrupted = false;
        while (worker.isAlive()) {
            try {
                worker.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
