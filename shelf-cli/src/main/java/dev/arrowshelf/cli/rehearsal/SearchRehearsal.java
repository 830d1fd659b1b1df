package dev.arrowshelf.cli.rehearsal;

import dev.arrowshelf.client.local.SocketSearch;
import dev.arrowshelf.client.search.SearchPort;
import dev.arrowshelf.client.search.SearchPort.Queries;
import dev.arrowshelf.client.search.SearchPort.Wanted;
import dev.arrowshelf.store.Shelf;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.VectorSchemaRoot;

/// The part of a rehearsal that searches vectors: trees over few dimensions and lists over many,
/// built and asked for many points at once and for one.
///
/// For one thread. Memory rule: owns its points and its connection until [#close()].
final class SearchRehearsal implements AutoCloseable {
    private static final String FEW = "rehearsal-few-dimensions";
    private static final String MANY = "rehearsal-many-dimensions";
    private static final int FEW_ROWS = 5_000;
    private static final int MANY_ROWS = 1_000;
    private static final int MANY_DIMENSIONS = 48;
    private static final int NEIGHBOURS = 11;
    private static final int ROUNDS_OF_AN_INDEX = 5;
    private static final long SEED = 7;

    private final Shelf shelf;
    private final SearchPort port;
    private final VectorSchemaRoot few;
    private final VectorSchemaRoot many;

    SearchRehearsal(Shelf shelf, Path directory, BufferAllocator allocator) {
        this.shelf = shelf;
        this.port = SocketSearch.connect(directory);
        this.few = points(allocator, FEW_ROWS, 3);
        this.many = points(allocator, MANY_ROWS, MANY_DIMENSIONS);
    }

    private static VectorSchemaRoot points(BufferAllocator allocator, int rows, int dimensions) {
        SplittableRandom random = new SplittableRandom(SEED);
        FieldVector[] columns = new FieldVector[dimensions];
        for (int axis = 0; axis < dimensions; axis++) {
            Float4Vector column = new Float4Vector("x" + axis, allocator);
            column.allocateNew(rows);
            for (int row = 0; row < rows; row++) {
                column.set(row, (float) random.nextDouble());
            }
            column.setValueCount(rows);
            columns[axis] = column;
        }
        VectorSchemaRoot root = VectorSchemaRoot.of(columns);
        root.setRowCount(rows);
        return root;
    }

    /// Searches once; every few rounds in new tables, so that indexes are built as well.
    void round(int number) {
        if (number % ROUNDS_OF_AN_INDEX == 0) {
            shelf.put(FEW, few);
            shelf.put(MANY, many);
        }
        port.nearest(wanted(FEW, "kd", 0), new Queries.Rows(FEW), NEIGHBOURS);
        port.nearest(wanted(FEW, "kd", 0), one(3), NEIGHBOURS);
        port.nearest(wanted(MANY, "ivf", 0.9), new Queries.Rows(MANY), NEIGHBOURS);
        port.nearest(wanted(MANY, "ivf", 0.9), one(MANY_DIMENSIONS), NEIGHBOURS);
        port.nearest(wanted(MANY, "exact", 0), one(MANY_DIMENSIONS), NEIGHBOURS);
    }

    private static Wanted wanted(String table, String index, double recall) {
        return new Wanted(table, List.of(), "l2", index, recall, new SearchPort.Filter.All());
    }

    private static Queries one(int dimensions) {
        return new Queries.Vectors(new double[dimensions], dimensions);
    }

    @Override
    public void close() {
        port.close();
        few.close();
        many.close();
    }
}
