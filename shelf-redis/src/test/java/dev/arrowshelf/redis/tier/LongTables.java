package dev.arrowshelf.redis.tier;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.table.ShelfTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;

/// Tables of one column that hold a seed and the numbers after it, so that a mixture of two is
/// seen.
final class LongTables {
    private LongTables() {}

    static void put(Shelf shelf, String name, int rows, long seed) {
        put(shelf, name, rows, seed, PutOptions.DEFAULT);
    }

    static void put(Shelf shelf, String name, int rows, long seed, PutOptions options) {
        try (BufferAllocator allocator = new RootAllocator();
                BigIntVector values = new BigIntVector("v", allocator);
                VectorSchemaRoot root = new VectorSchemaRoot(List.of(values))) {
            values.allocateNew(rows);
            for (int i = 0; i < rows; i++) {
                values.set(i, seed + i);
            }
            root.setRowCount(rows);
            shelf.put(name, root, options);
        }
    }

    /// Returns the seed of a table; fails where the numbers do not follow each other.
    static long seed(Shelf shelf, String name) {
        try (ShelfTable table = shelf.get(name)) {
            return seed(table);
        }
    }

    static long seed(ShelfTable table) {
        try (ArrowReader reader = table.reader()) {
            long seed = -1;
            long next = -1;
            while (reader.loadNextBatch()) {
                BigIntVector values = (BigIntVector) reader.getVectorSchemaRoot().getVector("v");
                for (int i = 0; i < values.getValueCount(); i++) {
                    long value = values.get(i);
                    if (seed < 0) {
                        seed = value;
                    } else if (value != next) {
                        throw new AssertionError(
                                "table is mixed: value=" + value + ", expected=" + next);
                    }
                    next = value + 1;
                }
            }
            return seed;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
