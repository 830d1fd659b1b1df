package dev.arrowshelf.testkit;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import java.io.IOException;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// Tables of one column of longs whose sum follows from a seed and the number of rows.
final class LongTable {
    private static final Schema SCHEMA =
            new Schema(List.of(Field.notNullable("v", new ArrowType.Int(64, true))));
    private static final long SPREAD = 1_000_003;

    private LongTable() {}

    static void put(
            Shelf shelf,
            BufferAllocator allocator,
            String name,
            long seed,
            int rows,
            PutOptions options) {
        try (VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, allocator)) {
            BigIntVector vector = (BigIntVector) root.getVector(0);
            vector.allocateNew(rows);
            for (int i = 0; i < rows; i++) {
                vector.set(i, seed * SPREAD + i);
            }
            root.setRowCount(rows);
            shelf.put(name, root, options);
        }
    }

    static long value(long seed, long row) {
        return seed * SPREAD + row;
    }

    static long expected(long seed, long rows) {
        return seed * SPREAD * rows + (rows - 1) * rows / 2;
    }

    /// Returns the seed of which a table was made, after checking that every row fits it.
    static long seedOf(ShelfTable table) {
        long seed = -1;
        long row = 0;
        try (ArrowReader reader = table.reader(TableSlice.ALL)) {
            while (reader.loadNextBatch()) {
                BigIntVector vector = (BigIntVector) reader.getVectorSchemaRoot().getVector(0);
                for (int i = 0; i < vector.getValueCount(); i++, row++) {
                    long found = vector.get(i) - row;
                    if (found % SPREAD != 0 || (seed >= 0 && found / SPREAD != seed)) {
                        throw new AssertionError(
                                "row is another's: table=%s, row=%d, value=%d, seed=%d"
                                        .formatted(table.name(), row, vector.get(i), seed));
                    }
                    seed = found / SPREAD;
                }
            }
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
        if (row != table.rowCount()) {
            throw new AssertionError("rows are missing: table=" + table.name() + ", rows=" + row);
        }
        return seed;
    }

    static long seedOf(Shelf shelf, String name) {
        try (ShelfTable table = shelf.get(name)) {
            return seedOf(table);
        }
    }
}
