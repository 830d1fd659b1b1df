package dev.arrowshelf.store.ipc.metadata;

import dev.arrowshelf.store.model.ShelfException;
import java.util.List;

/// Checks that a batch has the nodes and buffers its schema asks for, and that each is long enough;
/// looks at metadata only.
public final class StructureCheck implements FieldVisitor {
    private static final int VIEW_BYTES = 16;

    private final BatchMetadata batch;
    private final long[] bufferBytes;

    private StructureCheck(BatchMetadata batch, long[] bufferBytes) {
        this.batch = batch;
        this.bufferBytes = bufferBytes;
    }

    /// Checks one batch.
    ///
    /// @param bufferBytes length of each buffer, decoded
    public static void check(BatchMetadata batch, SchemaMetadata schema, long[] bufferBytes) {
        List<FieldLayout> fields = FieldWalk.fieldsOf(batch, schema);
        checkCounts(batch, fields);
        FieldWalk.walk(batch, fields, new StructureCheck(batch, bufferBytes));
        for (int i = 0, node = 0; i < fields.size(); node += fields.get(i++).nodes()) {
            if (batch.length(node) != batch.rows()) {
                throw batch.bytes()
                        .invalid(
                                "column is not as long as its batch: column="
                                        + fields.get(i).path()
                                        + ", length="
                                        + batch.length(node)
                                        + ", rows="
                                        + batch.rows());
            }
        }
    }

    private static void checkCounts(BatchMetadata batch, List<FieldLayout> fields) {
        long nodes = 0;
        long buffers = 0;
        long views = 0;
        for (FieldLayout field : fields) {
            nodes += field.nodes();
            buffers += field.buffers();
            views += field.views();
        }
        requireCount(batch, "field nodes", batch.nodes(), nodes);
        requireCount(batch, "counts of data buffers", batch.variadicCounts(), views);
        for (int i = 0; i < views; i++) {
            long count = batch.variadicCount(i);
            if (count < 0 || count > batch.buffers()) {
                throw batch.bytes()
                        .invalid(
                                "count of data buffers is impossible: index="
                                        + i
                                        + ", count="
                                        + count);
            }
            buffers += count;
        }
        requireCount(batch, "buffers", batch.buffers(), buffers);
    }

    private static void requireCount(BatchMetadata batch, String what, int found, long required) {
        if (found != required) {
            throw batch.bytes()
                    .invalid(
                            "batch does not fit its schema in its "
                                    + what
                                    + ": found="
                                    + found
                                    + ", required="
                                    + required);
        }
    }

    @Override
    public void field(FieldLayout field, int node, int buffer, int dataBuffers) {
        long length = batch.length(node);
        if (length < 0) {
            throw wrong(field, "column has a negative length", "length", length);
        }
        checkNulls(field, node, buffer, length);
        switch (field.shape()) {
            case NULL -> {}
            case FIXED, INDEX ->
                    require(field, "values", buffer + 1, bitsToBytes(field, length, field.width()));
            case VARIABLE, LIST, MAP -> requireOffsets(field, buffer + 1, length);
            case LIST_VIEW -> {
                require(field, "offsets", buffer + 1, times(field, length, field.width()));
                require(field, "sizes", buffer + 2, times(field, length, field.width()));
            }
            case VIEW -> require(field, "views", buffer + 1, times(field, length, VIEW_BYTES));
            case FIXED_LIST -> requireChildren(field, node, times(field, length, field.width()));
            case STRUCT -> requireChildren(field, node, length);
            case SPARSE_UNION -> {
                require(field, "type ids", buffer, length);
                requireChildren(field, node, length);
            }
            case DENSE_UNION -> {
                require(field, "type ids", buffer, length);
                require(field, "offsets", buffer + 1, times(field, length, Integer.BYTES));
            }
            case RUN_ENDS -> checkRuns(field, node, length);
        }
        if (field.shape() == FieldShape.MAP) {
            requireNoNulls(field, node + 1);
            requireNoNulls(field, node + 2);
        }
    }

    private void checkNulls(FieldLayout field, int node, int buffer, long length) {
        long nulls = batch.nullCount(node);
        if (nulls < -1 || nulls > length) {
            throw wrong(
                    field,
                    "column has an impossible null count for its length=" + length,
                    "nulls",
                    nulls);
        }
        if (field.shape() == FieldShape.RUN_ENDS && nulls > 0) {
            throw wrong(
                    field, "run-end encoded column must not have nulls of its own", "nulls", nulls);
        }
        if (field.shape().hasValidity() && (bufferBytes[buffer] != 0 || nulls != 0)) {
            require(field, "validity", buffer, (length >>> 3) + ((length & 7) == 0 ? 0 : 1));
        }
    }

    private void requireOffsets(FieldLayout field, int buffer, long length) {
        if (length == 0 && bufferBytes[buffer] == 0) {
            return;
        }
        long needed = length == Long.MAX_VALUE ? Long.MAX_VALUE : length + 1;
        require(field, "offsets", buffer, times(field, needed, field.width()));
    }

    private void checkRuns(FieldLayout field, int node, long length) {
        long runs = batch.length(node + 1);
        if (length > 0 && runs <= 0) {
            throw wrong(field, "column has rows but no runs", "rows", length);
        }
        requireNoNulls(field, node + 1);
        int values = node + 1 + field.children().getFirst().nodes();
        if (batch.length(values) < runs) {
            throw wrong(
                    field,
                    "column has fewer values than runs=" + runs,
                    "values",
                    batch.length(values));
        }
    }

    private void requireChildren(FieldLayout field, int node, long length) {
        int child = node + 1;
        for (FieldLayout layout : field.children()) {
            if (batch.length(child) < length) {
                throw wrong(
                        field,
                        "child is shorter than needed=" + length,
                        "length",
                        batch.length(child));
            }
            child += layout.nodes();
        }
    }

    private void requireNoNulls(FieldLayout field, int node) {
        if (batch.nullCount(node) != 0) {
            throw wrong(field, "child must not have nulls", "nulls", batch.nullCount(node));
        }
    }

    private void require(FieldLayout field, String what, int buffer, long bytes) {
        if (bufferBytes[buffer] < bytes) {
            throw wrong(
                    field,
                    what + " are shorter than needed=" + bytes,
                    "bytes",
                    bufferBytes[buffer]);
        }
    }

    private long bitsToBytes(FieldLayout field, long length, int bits) {
        if ((bits & 7) == 0) {
            return times(field, length, bits >>> 3);
        }
        return (times(field, length, bits) + 7) >>> 3;
    }

    private long times(FieldLayout field, long length, int width) {
        if (width != 0 && length > Long.MAX_VALUE / width) {
            throw wrong(field, "column is impossibly long", "length", length);
        }
        return length * width;
    }

    private ShelfException wrong(FieldLayout field, String fact, String name, long value) {
        return batch.bytes().invalid(fact + ": column=" + field.path() + ", " + name + "=" + value);
    }
}
