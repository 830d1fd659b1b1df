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

/// One thread's part of a scan: takes row groups and turns each into chunks whose vectors lie in
/// the mapped table.
///
/// One thread at a time. Owns the importer until [#close()]; its other memory is the snapshot's.
final class LocalScan implements AutoCloseable {
    private static final MethodHandle APPEND = ApiFunction.ARROW_IMPORTER_APPEND.handle();
    private static final MethodHandle NEXT = ApiFunction.ARROW_IMPORTER_NEXT_CHUNK.handle();
    private static final MethodHandle VECTOR = ApiFunction.DATA_CHUNK_GET_VECTOR.handle();
    private static final MethodHandle REFERENCE = ApiFunction.VECTOR_REFERENCE.handle();
    private static final MethodHandle SET_SIZE = ApiFunction.VECTOR_SET_SIZE.handle();
    private static final MethodHandle GET_SIZE = ApiFunction.DATA_CHUNK_GET_SIZE.handle();
    private static final MethodHandle DESTROY = ApiFunction.DATA_CHUNK_DESTROY.handle();
    private static final long CHUNK_ROWS = 2048;
    private static final long SLOTS = 4L * Long.BYTES;

    private final GlobalScan scan;
    private final Scratch scratch;
    private final ArrayWriter writer;
    private final MemorySegment importer;
    private final List<ColumnPlan> plans = new ArrayList<>();
    private final Map<Long, MemorySegment> dictionaries = new HashMap<>();
    private final MemorySegment error;
    private final MemorySegment chunkSlot;
    private final MemorySegment vectorSlot;
    private final MemorySegment sizeSlot;
    private int dictionariesOf = -1;
    private int position = -1;
    private long uncounted;
    private boolean appended;

    LocalScan(GlobalScan scan, MemorySegment context, Releases releases) {
        this.scan = scan;
        this.scratch = scan.table().snapshot().scratch();
        this.writer = new ArrayWriter(scratch, releases.array());
        MemorySegment slots = scratch.allocate(SLOTS);
        this.error = slots.asSlice(0, Long.BYTES);
        this.chunkSlot = slots.asSlice(Long.BYTES, Long.BYTES);
        this.vectorSlot = slots.asSlice(2L * Long.BYTES, Long.BYTES);
        this.sizeSlot = slots.asSlice(3L * Long.BYTES, Long.BYTES);
        List<Field> fields = new ArrayList<>();
        for (int i = 0; i < scan.columnCount(); i++) {
            if (scan.hasColumn(i)) {
                int column = scan.column(i);
                Field field = scan.table().image().schema().getFields().get(column);
                fields.add(field);
                plans.add(ColumnPlan.of(column, field, this::dictionary));
            }
        }
        MemorySegment schema = new SchemaWriter(scratch, releases.schema()).write(fields);
        try (Call call = new Call()) {
            this.importer =
                    call.get(ApiFunction.ARROW_IMPORTER_CREATE, context, schema, CHUNK_ROWS);
        }
    }

    /// Returns the place of the present row group in the order of the table.
    int position() {
        return Math.max(0, position);
    }

    /// Fills a chunk with the next rows; without rows when there are no more for this thread.
    void fill(MemorySegment output) throws Throwable {
        if (plans.isEmpty()) {
            count(output);
            return;
        }
        while (true) {
            if (!appended && !append()) {
                setSize(vector(output, 0), 0);
                return;
            }
            check((int) NEXT.invokeExact(importer, chunkSlot, error));
            if (chunkSlot.get(ValueLayout.JAVA_LONG, 0) != 0) {
                break;
            }
            appended = false;
        }
        MemorySegment chunk = chunkSlot.get(ValueLayout.ADDRESS, 0);
        check((int) GET_SIZE.invokeExact(chunk, sizeSlot, error));
        long rows = sizeSlot.get(ValueLayout.JAVA_LONG, 0);
        long imported = 0;
        for (int i = 0; i < scan.columnCount(); i++) {
            MemorySegment target = vector(output, i);
            if (scan.hasColumn(i)) {
                MemorySegment source = vector(chunk, imported++);
                check((int) REFERENCE.invokeExact(target, source, error));
            }
            setSize(target, rows);
        }
        check((int) DESTROY.invokeExact(chunkSlot));
        scan.add(rows);
    }

    /// Fills a chunk with rows of which no value is wanted.
    private void count(MemorySegment output) throws Throwable {
        if (uncounted == 0) {
            int claimed = scan.claim();
            if (claimed >= 0) {
                position = claimed;
                uncounted = scan.group(claimed).count();
            }
        }
        long rows = Math.min(uncounted, CHUNK_ROWS);
        uncounted -= rows;
        for (int i = 0; i < scan.columnCount(); i++) {
            setSize(vector(output, i), rows);
        }
        scan.add(rows);
    }

    @Override
    public void close() {
        Call.destroy(ApiFunction.ARROW_IMPORTER_DESTROY, importer);
    }

    /// Gives the importer the next row group; false when there is none.
    private boolean append() throws Throwable {
        int claimed = scan.claim();
        if (claimed < 0) {
            return false;
        }
        position = claimed;
        RowGroup group = scan.group(claimed);
        TableImage.PartitionImage partition =
                scan.table().image().partitions().get(group.partition());
        if (dictionariesOf != group.partition()) {
            dictionaries.clear();
            dictionariesOf = group.partition();
        }
        BatchLayout batch = partition.batches().get(group.batch());
        long base = scan.table().base(group.partition());
        List<MemorySegment> columns = new ArrayList<>(plans.size());
        for (ColumnPlan plan : plans) {
            columns.add(writer.column(plan, batch, base, group.from(), group.count()));
        }
        MemorySegment rows = writer.rows(columns, group.count());
        check((int) APPEND.invokeExact(importer, rows, true, true, error));
        appended = true;
        return true;
    }

    /// DuckDB recognizes a dictionary by its address: each partition's gets one of its own.
    private MemorySegment dictionary(long id) {
        return dictionaries.computeIfAbsent(
                id,
                _ -> {
                    TableImage image = scan.table().image();
                    BatchLayout values =
                            image.partitions().get(dictionariesOf).dictionaries().get(id);
                    Field field = image.dictionaryFields().get(id);
                    if (values == null || field == null) {
                        throw new IllegalStateException("dictionary is missing: id=" + id);
                    }
                    return writer.values(
                            ColumnPlan.Node.ofValues(field),
                            values,
                            scan.table().base(dictionariesOf));
                });
    }

    private MemorySegment vector(MemorySegment chunk, long index) throws Throwable {
        check((int) VECTOR.invokeExact(chunk, index, vectorSlot, error));
        return vectorSlot.get(ValueLayout.ADDRESS, 0);
    }

    private void setSize(MemorySegment vector, long rows) throws Throwable {
        check((int) SET_SIZE.invokeExact(vector, rows, error));
    }

    private void check(int code) {
        if (code != 0) {
            throw Call.failure(code, error);
        }
    }
}
