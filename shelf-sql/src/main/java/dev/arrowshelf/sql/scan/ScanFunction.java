package dev.arrowshelf.sql.scan;

import dev.arrowshelf.sql.arrow.SchemaWriter;
import dev.arrowshelf.sql.duckdb.ApiFunction;
import dev.arrowshelf.sql.duckdb.Call;
import dev.arrowshelf.sql.duckdb.Callback;
import dev.arrowshelf.sql.duckdb.DuckDbException;
import dev.arrowshelf.sql.duckdb.DuckDbLibrary;
import dev.arrowshelf.sql.duckdb.JavaObjects;
import dev.arrowshelf.sql.prune.FilterReader;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/// The table function through which DuckDB reads tables of the shelf; its one argument is the
/// ticket of a pinned table.
///
/// Thread-safe: DuckDB calls it from the thread that plans and from its workers. No callback throws
/// into native code.
public final class ScanFunction {
    /// The function's name in SQL.
    public static final String NAME = "arrowshelf_scan";

    private static final System.Logger LOG = System.getLogger(ScanFunction.class.getName());
    private static final MethodHandle LOCAL =
            ApiFunction.TABLE_FUNCTION_EXEC_GET_LOCAL_STATE.handle();
    private static final MethodHandle OUTPUT =
            ApiFunction.TABLE_FUNCTION_EXEC_GET_OUTPUT_CHUNK.handle();
    private static final String BEFORE = "\u0001rows";
    private static final int INPUT_INVALID = 2001;
    private static final long CHUNK_ROWS = 2048;

    private final Tables tables;
    private final JavaObjects objects;
    private final Releases releases;
    private final int threads;

    private ScanFunction(Tables tables, JavaObjects objects, Arena arena, int threads) {
        this.tables = tables;
        this.objects = objects;
        this.releases = new Releases(arena);
        this.threads = threads;
    }

    /// Makes the function known to an instance through one of its connections.
    ///
    /// @param arena what the callbacks live in: closed after the instance
    public static void register(
            MemorySegment connection,
            Tables tables,
            JavaObjects objects,
            Arena arena,
            int threads) {
        ScanFunction scan = new ScanFunction(tables, objects, arena, threads);
        try (Call call = new Call()) {
            MemorySegment factory = call.get(ApiFunction.CONNECTION_GET_FACTORY, connection);
            MemorySegment function = call.get(ApiFunction.TABLE_FUNCTION_CREATE, factory);
            try {
                scan.describe(call, factory, function, arena);
                call.run(ApiFunction.CONNECTION_REGISTER_TABLE_FUNCTION, connection, function);
            } finally {
                Call.destroy(ApiFunction.TABLE_FUNCTION_DESTROY, function);
            }
        }
    }

    /// Returns the query that reads a table with a column before its own, without that one.
    static String select(long ticket) {
        return "SELECT * EXCLUDE (\"%s\") FROM %s(%d)".formatted(BEFORE, NAME, ticket);
    }

    private void describe(Call call, MemorySegment factory, MemorySegment function, Arena arena) {
        call.run(ApiFunction.TABLE_FUNCTION_SET_NAME, function, call.text(NAME));
        MemorySegment bigint =
                call.get(ApiFunction.FACTORY_CREATE_TYPE_FROM_TEXT, factory, call.text("BIGINT"));
        MemorySegment signature = call.get(ApiFunction.TABLE_FUNCTION_GET_SIGNATURE, function);
        call.run(
                ApiFunction.FUNCTION_SIGNATURE_ADD_PARAMETER,
                signature,
                call.text("ticket"),
                bigint,
                MemorySegment.NULL,
                0);
        Call.destroy(ApiFunction.LOGICAL_TYPE_DESTROY, bigint);
        MemorySegment binding = DuckDbLibrary.callback(this::bind, arena);
        call.run(ApiFunction.TABLE_FUNCTION_SET_BIND_CALLBACK, function, binding);
        Map<ApiFunction, Callback.OfInfo> steps =
                Map.of(
                        ApiFunction.TABLE_FUNCTION_SET_INIT_GLOBAL_CALLBACK,
                        (info, _, error) -> begin(info, error),
                        ApiFunction.TABLE_FUNCTION_SET_INIT_LOCAL_CALLBACK,
                        this::join,
                        ApiFunction.TABLE_FUNCTION_SET_EXEC_CALLBACK,
                        (info, _, error) -> fill(info, error),
                        ApiFunction.TABLE_FUNCTION_SET_PARTITION_DATA_CALLBACK,
                        (info, _, error) -> order(info, error),
                        ApiFunction.TABLE_FUNCTION_SET_FILTER_PUSHDOWN_CALLBACK,
                        this::filter,
                        ApiFunction.TABLE_FUNCTION_SET_PROGRESS_CALLBACK,
                        (info, _, error) -> progress(info, error));
        steps.forEach(
                (setter, step) -> call.run(setter, function, DuckDbLibrary.callback(step, arena)));
        call.run(ApiFunction.TABLE_FUNCTION_SET_PROJECTION_PUSHDOWN, function, true);
    }

    /// Names the columns of a table and their types.
    private void bind(
            MemorySegment info, MemorySegment columns, MemorySegment context, MemorySegment error) {
        try (Call call = new Call()) {
            PinnedTable table = tables.of(ticket(call, info));
            try {
                declare(call, columns, context, table);
                call.run(
                        ApiFunction.FUNCTION_BIND_SET_BIND_DATA,
                        info,
                        call.opaque(objects, new BoundScan(table)));
                call.run(
                        ApiFunction.TABLE_FUNCTION_BIND_SET_CARDINALITY,
                        columns,
                        table.table().rowCount(),
                        true);
            } catch (RuntimeException failure) {
                table.snapshot().fail(failure);
                throw failure;
            }
        } catch (Throwable failure) {
            report(error, failure);
        }
    }

    private static long ticket(Call call, MemorySegment info) {
        MemorySegment value = call.get(ApiFunction.FUNCTION_BIND_GET_ARG_VALUE, info, 0L);
        try {
            return call.getLong(ApiFunction.VALUE_GET_BIGINT, value);
        } finally {
            Call.destroy(ApiFunction.VALUE_DESTROY, value);
        }
    }

    /// DuckDB itself says what it makes of each Arrow type. A column that it cannot read is there,
    /// as text; reading it is refused when the scan begins.
    private void declare(
            Call call, MemorySegment columns, MemorySegment context, PinnedTable table) {
        List<Field> shown = new ArrayList<>();
        for (int i = 0; i < table.columnsBefore(); i++) {
            shown.add(Field.nullable(BEFORE, ArrowType.Bool.INSTANCE));
        }
        for (Field field : table.image().schema().getFields()) {
            shown.add(
                    ReadableTypes.isReadable(field)
                            ? field
                            : Field.nullable(field.getName(), ArrowType.Utf8.INSTANCE));
        }
        MemorySegment schema =
                new SchemaWriter(table.snapshot().scratch(), releases.schema()).write(shown);
        MemorySegment importer =
                call.get(ApiFunction.ARROW_IMPORTER_CREATE, context, schema, CHUNK_ROWS);
        MemorySegment resolved = MemorySegment.NULL;
        try {
            resolved = call.get(ApiFunction.ARROW_IMPORTER_GET_SCHEMA, importer);
            MemorySegment name = call.allocate(Call.TEXT_BYTES);
            for (long column = 0; column < shown.size(); column++) {
                MemorySegment type = call.get(ApiFunction.SCHEMA_GET_FIELD, resolved, column, name);
                call.run(
                        ApiFunction.TABLE_FUNCTION_BIND_ADD_RESULT_COLUMN,
                        columns,
                        call.text(shown.get((int) column).getName()),
                        type);
            }
        } finally {
            Call.destroy(ApiFunction.SCHEMA_DESTROY, resolved);
            Call.destroy(ApiFunction.ARROW_IMPORTER_DESTROY, importer);
        }
    }

    /// Takes notice of the query's filters, and leaves them to DuckDB.
    private void filter(MemorySegment info, MemorySegment context, MemorySegment error) {
        try (Call call = new Call()) {
            long bound =
                    call.getLong(ApiFunction.TABLE_FUNCTION_FILTER_PUSHDOWN_GET_BIND_DATA, info);
            BoundScan mention = (BoundScan) objects.get(bound);
            mention.want(
                    FilterReader.read(
                            call,
                            info,
                            context,
                            mention.table().image().schema().getFields(),
                            mention.table().columnsBefore()));
        } catch (Throwable failure) {
            report(error, failure);
        }
    }

    /// Begins a scan: which columns, which row groups, how many threads.
    private void begin(MemorySegment info, MemorySegment error) {
        try (Call call = new Call()) {
            long bound = call.getLong(ApiFunction.TABLE_FUNCTION_INIT_GLOBAL_GET_BIND_DATA, info);
            BoundScan mention = (BoundScan) objects.get(bound);
            try {
                GlobalScan scan = scan(call, info, mention);
                call.run(
                        ApiFunction.TABLE_FUNCTION_INIT_GLOBAL_SET_MAX_THREADS,
                        info,
                        (long) Math.clamp(scan.groupCount(), 1, threads));
                call.run(
                        ApiFunction.TABLE_FUNCTION_INIT_GLOBAL_SET_GLOBAL_STATE,
                        info,
                        call.opaque(objects, scan));
            } catch (RuntimeException failure) {
                mention.table().snapshot().fail(failure);
                throw failure;
            }
        } catch (Throwable failure) {
            report(error, failure);
        }
    }

    private static GlobalScan scan(Call call, MemorySegment info, BoundScan mention) {
        int count =
                (int) call.getLong(ApiFunction.TABLE_FUNCTION_INIT_GLOBAL_GET_COLUMN_COUNT, info);
        List<Field> fields = mention.table().image().schema().getFields();
        int[] columns = new int[count];
        for (int i = 0; i < count; i++) {
            long column =
                    call.getLong(
                                    ApiFunction.TABLE_FUNCTION_INIT_GLOBAL_GET_COLUMN_INDEX,
                                    info,
                                    (long) i)
                            - mention.table().columnsBefore();
            boolean known = column >= 0 && column < fields.size();
            columns[i] = known ? (int) column : -1;
            if (known && !ReadableTypes.isReadable(fields.get(columns[i]))) {
                throw new ShelfException(
                        ErrorCode.UNSUPPORTED_IPC,
                        "SQL cannot read a column of this type: table=%s, column=%s, type=%s"
                                .formatted(
                                        mention.table().table().name(),
                                        fields.get(columns[i]).getName(),
                                        fields.get(columns[i]).getType()));
            }
        }
        GlobalScan scan =
                new GlobalScan(
                        mention.table(),
                        columns,
                        RowGroup.of(mention.table().image()),
                        mention.wanted());
        mention.table().requireRows(scan.rows());
        return scan;
    }

    /// A thread joins a scan.
    private void join(MemorySegment info, MemorySegment context, MemorySegment error) {
        try (Call call = new Call()) {
            long global =
                    call.getLong(ApiFunction.TABLE_FUNCTION_INIT_LOCAL_GET_GLOBAL_STATE, info);
            LocalScan local = new LocalScan((GlobalScan) objects.get(global), context, releases);
            call.run(
                    ApiFunction.TABLE_FUNCTION_INIT_LOCAL_SET_LOCAL_STATE,
                    info,
                    call.opaque(objects, local));
        } catch (Throwable failure) {
            report(error, failure);
        }
    }

    /// The next rows for a thread.
    private void fill(MemorySegment info, MemorySegment error) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment slot = arena.allocate(Long.BYTES, Long.BYTES);
            int code = (int) LOCAL.invokeExact(info, slot, error);
            LocalScan local = (LocalScan) objects.get(slot.get(ValueLayout.JAVA_LONG, 0));
            code |= (int) OUTPUT.invokeExact(info, slot, error);
            if (code != 0) {
                throw new IllegalStateException("scan has no state: code=" + code);
            }
            local.fill(slot.get(ValueLayout.ADDRESS, 0));
        } catch (Throwable failure) {
            report(error, failure);
        }
    }

    /// Where the rows just given belong in the order of the table.
    private void order(MemorySegment info, MemorySegment error) {
        try (Call call = new Call()) {
            long local =
                    call.getLong(ApiFunction.TABLE_FUNCTION_PARTITION_DATA_GET_LOCAL_STATE, info);
            call.run(
                    ApiFunction.TABLE_FUNCTION_PARTITION_DATA_SET_BATCH_INDEX,
                    info,
                    (long) ((LocalScan) objects.get(local)).position());
        } catch (Throwable failure) {
            report(error, failure);
        }
    }

    private void progress(MemorySegment info, MemorySegment error) {
        try (Call call = new Call()) {
            long global = call.getLong(ApiFunction.TABLE_FUNCTION_PROGRESS_GET_GLOBAL_STATE, info);
            call.run(
                    ApiFunction.TABLE_FUNCTION_PROGRESS_SET_PROGRESS,
                    info,
                    ((GlobalScan) objects.get(global)).percent());
        } catch (Throwable failure) {
            report(error, failure);
        }
    }

    static void report(MemorySegment error, Throwable failure) {
        try {
            int code = failure instanceof DuckDbException known ? known.code() : INPUT_INVALID;
            Call.report(error, code, String.valueOf(failure.getMessage()));
            if (!(failure instanceof ShelfException) && !(failure instanceof DuckDbException)) {
                LOG.log(System.Logger.Level.ERROR, "query failed in a callback", failure);
            }
        } catch (Throwable unreported) {
            LOG.log(System.Logger.Level.ERROR, "failure of a callback is lost", unreported);
        }
    }
}
