package dev.arrowshelf.vector.points;

import dev.arrowshelf.memory.ForeignMemory;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import dev.arrowshelf.vector.points.PointChunk.Coordinates;
import dev.arrowshelf.vector.points.PointChunk.Validity;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToLongFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.util.TransferPair;
import org.jspecify.annotations.Nullable;

/// The vectors of one generation of a table, read where they lie.
///
/// Thread rule: may be read by several threads. Memory rule: keeps the table's buffers until
/// [#close()]; unless it was opened without reading, the table handle may be closed before. Owns
/// its allocator.
public final class PointTable implements Vectors, AutoCloseable {
    private final List<FieldVector> vectors = new ArrayList<>();
    private final List<PointChunk> chunks = new ArrayList<>();
    private final ShelfTable table;
    private final List<String> columns;
    private final long generation;

    /// Made when buffers are found: most searches need none.
    private @Nullable BufferAllocator allocator;

    private int dimensions;
    private boolean floats = true;
    private boolean nullable;
    private long[] firstRows = {0};

    /// Whether the buffers were found; written after all that is found with them, and read before.
    private volatile boolean isRead;

    private PointTable(ShelfTable table, List<String> columns, int declared) {
        this.table = table;
        this.columns = columns;
        this.generation = table.generation();
        this.dimensions = declared;
    }

    /// Opens columns of a table: one column of lists, or columns of numbers.
    ///
    /// Errors: `INVALID_ARGUMENT` for a column that is missing or of another type, and for lists of
    /// different lengths; what reading the table throws.
    public static PointTable open(ShelfTable table, List<String> wanted) {
        List<String> columns = VectorColumns.choose(table.schema(), wanted);
        int declared = VectorColumns.declaredDimensions(table.schema(), columns);
        PointTable points = new PointTable(table, columns, declared);
        try {
            points.findBuffers();
            return points;
        } catch (RuntimeException failure) {
            points.close();
            throw failure;
        }
    }

    /// The same without reading, where the schema says enough: buffers are found when somebody
    /// wants them, which a search through an index may never do. The table handle must stay open
    /// until [#close()].
    public static PointTable openUnread(ShelfTable table, List<String> wanted) {
        List<String> columns = VectorColumns.choose(table.schema(), wanted);
        int declared = VectorColumns.declaredDimensions(table.schema(), columns);
        if (declared == 0) {
            return open(table, wanted);
        }
        PointTable points = new PointTable(table, columns, declared);
        points.floats = VectorColumns.fitFloat(table.schema(), columns);
        return points;
    }

    private void findBuffers() {
        if (isRead) {
            return;
        }
        synchronized (this) {
            if (!isRead) {
                readBuffers();
                isRead = true;
            }
        }
    }

    private void readBuffers() {
        BufferAllocator mine = allocator == null ? new RootAllocator() : allocator;
        allocator = mine;
        try (ArrowReader reader = table.reader(TableSlice.ALL.withColumns(columns), mine)) {
            while (reader.loadNextBatch()) {
                add(reader.getVectorSchemaRoot().getFieldVectors(), mine);
            }
            finish();
        } catch (IOException failure) {
            letGo();
            throw new ShelfException(
                    ErrorCode.IO, "table cannot be read: name=" + table.name(), failure);
        } catch (RuntimeException failure) {
            letGo();
            throw failure;
        }
    }

    private void letGo() {
        vectors.forEach(FieldVector::close);
        vectors.clear();
        chunks.clear();
    }

    private void add(List<FieldVector> loaded, BufferAllocator owner) {
        List<FieldVector> kept = new ArrayList<>();
        for (FieldVector vector : loaded) {
            TransferPair move = vector.getTransferPair(owner);
            move.transfer();
            FieldVector mine = (FieldVector) move.getTo();
            vectors.add(mine);
            kept.add(mine);
        }
        FieldVector first = kept.getFirst();
        int rows = first.getValueCount();
        if (rows == 0) {
            return;
        }
        chunks.add(
                switch (first) {
                    case FixedSizeListVector lists ->
                            new PointChunk.OfLists(
                                    rows,
                                    lists.getListSize(),
                                    null,
                                    validity(lists),
                                    coordinates(lists.getDataVector(), columns.getFirst()));
                    case ListVector lists ->
                            ofLists(
                                    lists,
                                    lists.getDataVector(),
                                    lists::getElementStartIndex,
                                    lists::getElementEndIndex);
                    case LargeListVector lists ->
                            ofLists(
                                    lists,
                                    lists.getDataVector(),
                                    lists::getElementStartIndex,
                                    lists::getElementEndIndex);
                    default -> ofColumns(rows, kept);
                });
    }

    private PointChunk ofColumns(int rows, List<FieldVector> kept) {
        List<Coordinates> numbers = new ArrayList<>();
        for (int index = 0; index < kept.size(); index++) {
            numbers.add(coordinates(kept.get(index), columns.get(index)));
        }
        return new PointChunk.OfColumns(rows, List.copyOf(numbers));
    }

    /// Lists that say themselves how long they are: all must be as long as the first.
    private PointChunk ofLists(
            FieldVector lists, FieldVector items, IntToLongFunction start, IntToLongFunction end) {
        int rows = lists.getValueCount();
        long[] starts = new long[rows];
        for (int row = 0; row < rows; row++) {
            if (lists.isNull(row)) {
                continue;
            }
            long length = end.applyAsLong(row) - start.applyAsLong(row);
            if (dimensions == 0) {
                dimensions = Math.toIntExact(length);
            }
            if (length != dimensions || length == 0) {
                throw new ShelfException(
                        ErrorCode.INVALID_ARGUMENT,
                        "lists are empty or of different lengths: column="
                                + columns.getFirst()
                                + ", row="
                                + (rowsSoFar() + row)
                                + ", length="
                                + length
                                + ", expected="
                                + dimensions);
            }
            starts[row] = start.applyAsLong(row);
        }
        return new PointChunk.OfLists(
                rows,
                dimensions,
                LongBuffer.wrap(starts),
                validity(lists),
                coordinates(items, columns.getFirst()));
    }

    private long rowsSoFar() {
        return chunks.stream().mapToLong(PointChunk::rows).sum();
    }

    private Coordinates coordinates(FieldVector vector, String column) {
        ElementType type = ElementType.of(vector.getField().getType(), column);
        floats &= type.fitsFloat();
        long bytes = (long) vector.getValueCount() * type.bytes();
        MemorySegment values =
                ForeignMemory.at(((BaseFixedWidthVector) vector).getDataBufferAddress(), bytes)
                        .asReadOnly();
        return new Coordinates(type, values, validity(vector));
    }

    private Validity validity(FieldVector vector) {
        if (vector.getNullCount() == 0) {
            return new Validity(null);
        }
        nullable = true;
        long bytes = (vector.getValueCount() + 7L) / 8;
        return new Validity(
                ForeignMemory.at(vector.getValidityBufferAddress(), bytes).asReadOnly());
    }

    private void finish() {
        firstRows = new long[chunks.size() + 1];
        for (int index = 0; index < chunks.size(); index++) {
            firstRows[index + 1] = firstRows[index] + chunks.get(index).rows();
        }
        if (dimensions == 0) {
            dimensions = 1; // lists without a list: no row is there to tell
        }
    }

    /// Returns the names of the columns read.
    public List<String> columns() {
        return columns;
    }

    /// Returns the generation of the table.
    public long generation() {
        return generation;
    }

    @Override
    public boolean fitsFloat() {
        return floats;
    }

    /// Returns whether any row is missing in whole or in part.
    public boolean hasNulls() {
        findBuffers();
        return nullable;
    }

    @Override
    public long count() {
        return isRead ? firstRows[firstRows.length - 1] : table.rowCount();
    }

    @Override
    public int dimensions() {
        return dimensions;
    }

    @Override
    public boolean isNull(long row) {
        if (!hasNulls()) {
            return false;
        }
        int chunk = chunkOf(row);
        return chunks.get(chunk).isNull((int) (row - firstRows[chunk]));
    }

    @Override
    public void read(long row, int count, double[] target, int at) {
        findBuffers();
        long from = row;
        int done = 0;
        for (int chunk = chunkOf(row); done < count; chunk++) {
            int skip = (int) (from - firstRows[chunk]);
            int part = Math.min(count - done, chunks.get(chunk).rows() - skip);
            chunks.get(chunk).read(skip, part, target, at + done * dimensions);
            done += part;
            from += part;
        }
    }

    @Override
    public void readFloats(long row, int count, float[] target, int at) {
        findBuffers();
        long from = row;
        int done = 0;
        for (int chunk = chunkOf(row); done < count; chunk++) {
            int skip = (int) (from - firstRows[chunk]);
            int part = Math.min(count - done, chunks.get(chunk).rows() - skip);
            chunks.get(chunk).readFloats(skip, part, target, at + done * dimensions);
            done += part;
            from += part;
        }
    }

    /// Returns the stretches of rows whose float32 values lie one after the other, when all do and
    /// none is missing.
    public List<FloatRows> floatRows() {
        if (hasNulls()) {
            return List.of();
        }
        List<FloatRows> stretches = new ArrayList<>();
        for (int index = 0; index < chunks.size(); index++) {
            MemorySegment values = chunks.get(index).floatRows();
            if (values == null) {
                return List.of();
            }
            stretches.add(new FloatRows(firstRows[index], chunks.get(index).rows(), values));
        }
        return stretches;
    }

    private int chunkOf(long row) {
        int found = Arrays.binarySearch(firstRows, row);
        if (found < 0) {
            return -found - 2;
        }
        return found;
    }

    @Override
    public void close() {
        letGo();
        if (allocator != null) {
            allocator.close();
        }
    }

    /// Rows of float32 values that lie one after the other.
    ///
    /// @param first number of the first row
    /// @param rows how many
    /// @param values all their coordinates
    public record FloatRows(long first, int rows, MemorySegment values) {}
}
