package dev.arrowshelf.store.table;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.batch.AllValid;
import dev.arrowshelf.store.table.batch.BatchCutter;
import dev.arrowshelf.store.table.batch.MessageSchema;
import dev.arrowshelf.store.table.batch.VectorFiller;
import dev.arrowshelf.store.table.batch.VectorShape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.ForeignAllocation;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Reads a slice of a mapped table, batch by batch, without copying.
///
/// One thread at a time. Holds a count of the table until it is closed; each Arrow allocation made
/// of a partition holds one more, until the last vector of it is released.
final class TableReader extends ArrowReader {
    private final MappedTable table;
    private final AllValid allValid;
    private final boolean ownsAllValid;
    private final boolean wholeTable;
    private final int @Nullable [] columns;
    private final BatchCutter cutter;
    private final List<VectorShape> shapes;
    private final Schema schema;
    private long skip;
    private long remaining;
    private int nextPartition;
    private @Nullable OpenPartition current;
    private int partitionsTouched;
    private long bytesRead;
    private boolean closed;

    /// Takes over one count of the table.
    TableReader(MappedTable table, TableSlice slice, BufferAllocator allocator, AllValid shared) {
        super(allocator);
        this.table = table;
        this.ownsAllValid = !shared.allocator().equals(allocator);
        this.allValid = ownsAllValid ? new AllValid(allocator) : shared;
        Schema declared = table.schema();
        this.columns = columnNumbers(declared, slice);
        this.schema = columns == null ? declared : projected(declared, columns);
        this.cutter = BatchCutter.inPlace(allocator, declared, allValid);
        this.shapes = schema.getFields().stream().map(VectorShape::of).toList();
        this.wholeTable = slice.offset() == 0 && slice.limit() == Long.MAX_VALUE;
        this.skip = slice.offset();
        this.remaining = slice.limit();
    }

    private static int @Nullable [] columnNumbers(Schema declared, TableSlice slice) {
        if (slice.columns().isEmpty()) {
            return null;
        }
        List<String> names = declared.getFields().stream().map(Field::getName).toList();
        List<String> wanted = slice.columns().get();
        int[] numbers = new int[wanted.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = names.indexOf(wanted.get(i));
            if (numbers[i] < 0) {
                throw new ShelfException(
                        ErrorCode.INVALID_ARGUMENT,
                        "no such column: column=" + wanted.get(i) + ", columns=" + names);
            }
            if (names.lastIndexOf(wanted.get(i)) != numbers[i]) {
                throw new ShelfException(
                        ErrorCode.INVALID_ARGUMENT,
                        "several columns have this name: column=" + wanted.get(i));
            }
        }
        return numbers;
    }

    private static Schema projected(Schema declared, int[] columns) {
        List<Field> fields = new ArrayList<>(columns.length);
        for (int column : columns) {
            fields.add(declared.getFields().get(column));
        }
        return new Schema(fields, declared.getCustomMetadata());
    }

    /// Returns the partitions whose content was read so far.
    int partitionsTouched() {
        return partitionsTouched;
    }

    /// Returns the bytes of all mapped buffers that vectors were made of so far.
    @Override
    public long bytesRead() {
        return bytesRead;
    }

    @Override
    protected void initialize() throws IOException {
        MessageSchema.makeVectors(super::initialize);
    }

    @Override
    public boolean loadNextBatch() throws IOException {
        ensureInitialized();
        if (closed) {
            throw new ShelfException(ErrorCode.CLOSED, "reader is closed: table=" + table.name());
        }
        VectorSchemaRoot root = getVectorSchemaRoot();
        root.clear();
        while (remaining > 0) {
            OpenPartition now = current;
            if (now == null || now.isDone()) {
                if (!openNext()) {
                    return false;
                }
                continue;
            }
            switch (now.next()) {
                case Partition.Values values -> loadValues(now, values);
                case Partition.Rows rows -> {
                    if (loadRows(root, now, rows)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    /// Opens the next partition that has rows to be read; false when there is none.
    private boolean openNext() {
        leavePartition();
        while (nextPartition < table.partitionCount()) {
            int number = nextPartition++;
            if (!wholeTable && skip >= table.rows(number)) {
                skip -= table.rows(number);
                continue;
            }
            Partition next = table.partition(number);
            current = new OpenPartition(next, wrap(next));
            partitionsTouched++;
            return true;
        }
        return false;
    }

    private ArrowBuf wrap(Partition partition) {
        if (!table.retain()) {
            throw new ShelfException(ErrorCode.CLOSED, "table is unmapped: table=" + table.name());
        }
        try {
            return allocator.wrapForeignAllocation(
                    new MappedBytes(table, partition.address(), partition.bytes()));
        } catch (Throwable failure) {
            table.release();
            throw failure;
        }
    }

    private void leavePartition() {
        OpenPartition left = current;
        if (left != null) {
            current = null;
            left.bytes.close();
        }
    }

    private boolean loadRows(VectorSchemaRoot root, OpenPartition now, Partition.Rows step) {
        long rows = step.batch().length();
        long from = Math.min(skip, rows);
        long count = Math.min(rows - from, remaining);
        skip -= from;
        if (count == 0 && !wholeTable) {
            return false;
        }
        if (count > Integer.MAX_VALUE) {
            throw new ShelfException(
                    ErrorCode.UNSUPPORTED_IPC,
                    "record batch has more rows than a vector can hold: table=%s, rows=%d"
                            .formatted(table.name(), rows));
        }
        MappedBatch batch = new MappedBatch(step, now.bytes);
        try (ArrowRecordBatch cut = cutter.cut(batch, columns, from, count)) {
            VectorFiller.fill(root, shapes, cut);
        }
        bytesRead += batch.bytesLent();
        remaining -= wholeTable ? 0 : count;
        return true;
    }

    private void loadValues(OpenPartition now, Partition.Values step) {
        Dictionary dictionary = dictionaries.get(step.dictionary());
        if (dictionary == null) {
            return; // belongs to a column that is not read
        }
        FieldVector vector = dictionary.getVector();
        DictionaryLoader loader = new DictionaryLoader(allocator, allValid, vector.getField());
        MappedBatch batch = new MappedBatch(step, now.bytes);
        if (step.delta()) {
            loader.append(batch, vector);
        } else {
            loader.load(batch, vector, now.partition.growing().contains(step.dictionary()));
        }
        bytesRead += batch.bytesLent();
    }

    @Override
    protected Schema readSchema() {
        return schema;
    }

    @Override
    protected void closeReadSource() {
        if (!closed) {
            closed = true;
            leavePartition();
            if (ownsAllValid) {
                allValid.close();
            }
            table.release();
        }
    }

    /// The mapped bytes of a partition as Arrow sees them.
    private static final class MappedBytes extends ForeignAllocation {
        private final MappedTable table;

        MappedBytes(MappedTable table, long address, long bytes) {
            super(bytes, address);
            this.table = table;
        }

        @Override
        protected void release0() {
            table.release();
        }
    }

    /// The partition being read, its bytes as one Arrow buffer, and how far reading got.
    private static final class OpenPartition {
        private final Partition partition;
        private final ArrowBuf bytes;
        private int nextStep;

        OpenPartition(Partition partition, ArrowBuf bytes) {
            this.partition = partition;
            this.bytes = bytes;
        }

        boolean isDone() {
            return nextStep == partition.steps().size();
        }

        Partition.Step next() {
            return partition.steps().get(nextStep++);
        }
    }
}
