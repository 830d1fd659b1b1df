package dev.arrowshelf.sql.session;

import dev.arrowshelf.sql.duckdb.ApiFunction;
import dev.arrowshelf.sql.duckdb.Call;
import dev.arrowshelf.sql.duckdb.JavaObjects;
import dev.arrowshelf.sql.geometry.GeometryFunctions;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.sql.scan.QuerySnapshot;
import dev.arrowshelf.sql.scan.ScanFunction;
import dev.arrowshelf.sql.scan.Tables;
import dev.arrowshelf.sql.scan.TwinTables;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One instance of DuckDB in memory, locked against everything but reading, and its connections.
///
/// Thread-safe. Owns instance, connections and the memory of the callbacks until [#close()].
final class Database implements AutoCloseable {
    /* The sandbox, from the outside in.

    StatementGate lets single reading statements through. The settings below take away files, network, extensions and settings, and the
    last of them locks the others; they hold for whatever a function in a query may try. The instance has no tables: what it knows are
    views of its own and our table function, which takes tickets that only the planning of a query hands out. */
    private static final String LOCK =
            """
            CREATE SCHEMA shelf;
            SET GLOBAL TimeZone = 'UTC';
            SET GLOBAL enable_external_access = false;
            SET GLOBAL allow_community_extensions = false;
            SET GLOBAL autoinstall_known_extensions = false;
            SET GLOBAL autoload_known_extensions = false;
            SET GLOBAL lock_configuration = true;
            """;
    private static final String PER_CONNECTION =
            """
            SET enable_progress_bar = true;
            SET enable_progress_bar_print = false;
            SET streaming_buffer_size = '64MiB';
            """;

    private final Arena arena = Arena.ofShared();
    private final JavaObjects objects = new JavaObjects(arena);
    private final MemorySegment environment;
    private final MemorySegment instance;
    private final List<Connection> connections = new ArrayList<>();
    private final Deque<Connection> idle = new ArrayDeque<>();
    private @Nullable Twins twins;

    private Database(MemorySegment environment, MemorySegment instance) {
        this.environment = environment;
        this.instance = instance;
    }

    /// @param allowed a statement that allows files; empty: none
    static Database open(SqlOptions options, Tables tables, String allowed) {
        try (Call call = new Call()) {
            MemorySegment environment = call.get(ApiFunction.ENVIRONMENT_CREATE);
            Map<String, String> settings = settings(options);
            MemorySegment instance =
                    call.get(
                            ApiFunction.INSTANCE_CREATE_WITH_OPTIONS,
                            environment,
                            call.texts(settings.keySet(), settings.size()),
                            call.texts(settings.values(), settings.size()),
                            (long) settings.size());
            Database database = new Database(environment, instance);
            try {
                database.prepare(call, options, tables, allowed);
                return database;
            } catch (Throwable failure) {
                database.close();
                throw failure;
            }
        }
    }

    private static Map<String, String> settings(SqlOptions options) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("threads", Integer.toString(options.threads()));
        settings.put(
                "memory_limit",
                options.memory().limit().bytes() + options.memory().twins().bytes() + "B");
        settings.put(
                "temp_directory",
                options.memory().temporaryDirectory().map(Object::toString).orElse(""));
        settings.put("max_temp_directory_size", options.memory().temporaryLimit().bytes() + "B");
        return settings;
    }

    private void prepare(Call call, SqlOptions options, Tables tables, String allowed) {
        call.run(
                ApiFunction.INSTANCE_ATTACH,
                instance,
                MemorySegment.NULL,
                call.text(":memory:"),
                MemorySegment.NULL,
                true);
        if (options.memory().twins().bytes() > 0) {
            openTwins(options, tables);
        }
        TwinTables copies = twins == null ? TwinTables.NONE : twins;
        for (int i = 0; i < options.queries(); i++) {
            Connection connection = Connection.open(instance, copies, arena);
            idle.add(connection);
            connections.add(connection);
            connection.execute(PER_CONNECTION);
        }
        Connection first = connections.getLast();
        ScanFunction.register(first.handle(), tables, objects, arena, options.threads());
        try (QuerySnapshot snapshot = tables.ofDefinitions()) {
            first.names().use(snapshot); // DuckDB looks at the tables that a definition names
            first.execute(tables.definitions());
            first.names().use(null);
        }
        GeometryFunctions.register(first.handle(), arena);
        first.execute(GeometryFunctions.definitions());
        first.execute(allowed);
        first.execute(LOCK);
        if (twins != null) {
            twins.start();
        }
    }

    /// A name that nobody guesses: what is copied is read through the names of tables.
    private void openTwins(SqlOptions options, Tables tables) {
        Connection own = Connection.open(instance, TwinTables.NONE, arena);
        connections.add(own);
        String schema = "twins_" + UUID.randomUUID().toString().replace("-", "");
        own.execute("CREATE SCHEMA " + schema);
        twins = new Twins(own, tables, schema, options.memory().twins());
    }

    /// Returns the bytes of tables that are copied.
    long twinBytes() {
        Twins present = twins;
        return present == null ? 0 : present.bytes();
    }

    /// Returns the objects that DuckDB holds by callbacks now.
    int objectsHeld() {
        return objects.size();
    }

    /// Returns a connection that nobody uses. There are as many as queries may run.
    synchronized Connection borrow() {
        return idle.pop();
    }

    synchronized void giveBack(Connection connection) {
        idle.push(connection);
    }

    /// Ends the instance; no query may be running.
    @Override
    public synchronized void close() {
        if (twins != null) {
            twins.close();
        }
        connections.forEach(Connection::close);
        Call.destroy(ApiFunction.INSTANCE_DESTROY, instance);
        Call.destroy(ApiFunction.ENVIRONMENT_DESTROY, environment);
        arena.close();
    }
}
