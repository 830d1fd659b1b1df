package dev.arrowshelf.sql.scan;

import dev.arrowshelf.sql.arrow.ArrayWriter;
import dev.arrowshelf.sql.arrow.BatchLayout;
import dev.arrowshelf.sql.arrow.ColumnPlan;
import dev.arrowshelf.sql.arrow.SchemaWriter;
import dev.arrowshelf.sql.arrow.Scratch;
import dev.arrowshelf.sql.duckdb.ApiFunction;
import dev.arrowshelf.sql.duckdb.Call;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.pojo.Field;

/// Columns that DuckDB's importer turns into chunks; where it can their vectors lie in the mapped
/// table.
///
/// One thread at a time. Owns the importer until [#close()]; its other memory is the snapshot's.
final class ImportedRows implements AutoCloseable {
    private static final MethodHandle APPEND = ApiFunction.ARROW_IMPORTER_APPEND.handle();
    private static final MethodHandle NEXT = ApiFunction.ARROW_IMPORTER_NEXT_CHUNK.handle();
    private static final MethodHandle GET_SIZE = ApiFunction.DATA_CHUNK_GET_SIZE.handle();
    private static final MethodHandle DESTROY = ApiFunction.DATA_CHUNK_DESTROY.handle();
    private static final long CHUNK_ROWS = 2048;

    private final PinnedTable table;
    private final ArrayWriter writer;
    private final MemorySegment importer;
    private final List<ColumnPlan> plans;
    private final Map<Long, MemorySegment> dictionaries = new HashMap<>();
    private final MemorySegment error;
    private final MemorySegment chunkSlot;
    private final MemorySegment sizeSlot;
    private int dictionariesOf = -1;

    /// @param columns which columns of the table, at least one
    ImportedRows(
            PinnedTable table,
            List<Integer> columns,
            MemorySegment context,
            Scratch scratch,
            Releases releases) {
        this.table = table;
        this.writer = new ArrayWriter(scratch, releases.array());
        MemorySegment slots = scratch.allocate(3L * Long.BYTES);
        this.error = slots.asSlice(0, Long.BYTES);
        this.chunkSlot = slots.asSlice(Long.BYTES, Long.BYTES);
        this.sizeSlot = slots.asSlice(2L * Long.BYTES, Long.BYTES);
        List<Field> fields = new ArrayList<>();
        List<ColumnPlan> written = new ArrayList<>();
        for (int column : columns) {
            Field field = table.image().schema().getFields().get(column);
            fields.add(field);
            written.add(ColumnPlan.of(column, field, this::dictionary));
        }
        this.plans = List.copyOf(written);
        MemorySegment schema = new SchemaWriter(scratch, releases.schema()).write(fields);
        try (Call call = new Call()) {
            this.importer =
                    call.get(ApiFunction.ARROW_IMPORTER_CREATE, context, schema, CHUNK_ROWS);
        }
    }

    /// Gives the importer the next row group; it has no rows left of the one before.
    void append(RowGroup group) throws Throwable {
        if (dictionariesOf != group.partition()) {
            dictionaries.clear();
            dictionariesOf = group.partition();
        }
        BatchLayout batch = table.batch(group);
        long base = table.base(group.partition());
        List<MemorySegment> columns = new ArrayList<>(plans.size());
        for (ColumnPlan plan : plans) {
            columns.add(writer.column(plan, batch, base, group.from(), group.count()));
        }
        MemorySegment rows = writer.rows(columns, group.count());
        check((int) APPEND.invokeExact(importer, rows, true, true, error));
    }

    /// Returns the next chunk of the row group, null address when there is none; the caller gives
    /// it back.
    MemorySegment next() throws Throwable {
        check((int) NEXT.invokeExact(importer, chunkSlot, error));
        return chunkSlot.get(ValueLayout.ADDRESS, 0);
    }

    long size(MemorySegment chunk) throws Throwable {
        check((int) GET_SIZE.invokeExact(chunk, sizeSlot, error));
        return sizeSlot.get(ValueLayout.JAVA_LONG, 0);
    }

    /// Ends the chunk of the last [#next()].
    void giveBack() throws Throwable {
        check((int) DESTROY.invokeExact(chunkSlot));
    }

    @Override
    public void close() {
        Call.destroy(ApiFunction.ARROW_IMPORTER_DESTROY, importer);
    }

    /// DuckDB recognizes a dictionary by its address: each partition's gets one of its own.
    private MemorySegment dictionary(long id) {
        return dictionaries.computeIfAbsent(
                id,
                _ -> {
                    TableImage image = table.image();
                    BatchLayout values =
                            image.partitions().get(dictionariesOf).dictionaries().get(id);
                    Field field = image.dictionaryFields().get(id);
                    if (values == null || field == null) {
                        throw new IllegalStateException("dictionary is missing: id=" + id);
                    }
                    return writer.values(
                            ColumnPlan.Node.ofValues(field), values, table.base(dictionariesOf));
                });
    }

    private void check(int code) {
        if (code != 0) {
            throw Call.failure(code, error);
        }
    }
}
