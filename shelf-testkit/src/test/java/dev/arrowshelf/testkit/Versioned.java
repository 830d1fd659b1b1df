package dev.arrowshelf.testkit;

import dev.arrowshelf.store.table.ShelfTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// Tables whose every value is their version: one read half old, half new is seen.
final class Versioned {
    static final Schema SCHEMA =
            new Schema(
                    List.of(
                            Field.notNullable("v", new ArrowType.Int(64, true)),
                            Field.notNullable("w", new ArrowType.Int(64, true))));

    private Versioned() {}

    static VectorSchemaRoot root(BufferAllocator allocator, int rows, long version) {
        VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, allocator);
        for (int column = 0; column < 2; column++) {
            BigIntVector vector = (BigIntVector) root.getVector(column);
            vector.allocateNew(rows);
            for (int row = 0; row < rows; row++) {
                vector.set(row, version);
            }
        }
        root.setRowCount(rows);
        return root;
    }

    /// Returns the version of a table all of whose values agree.
    static long read(ShelfTable table) {
        try (ArrowReader reader = table.reader()) {
            long version = -1;
            long rows = 0;
            while (reader.loadNextBatch()) {
                VectorSchemaRoot root = reader.getVectorSchemaRoot();
                for (int column = 0; column < 2; column++) {
                    BigIntVector vector = (BigIntVector) root.getVector(column);
                    for (int row = 0; row < vector.getValueCount(); row++) {
                        long value = vector.get(row);
                        if (version != -1 && value != version) {
                            throw new AssertionError(
                                    "torn table: name=%s, row=%d, value=%d, version=%d, generation=%d"
                                            .formatted(
                                                    table.name(),
                                                    row,
                                                    value,
                                                    version,
                                                    table.generation()));
                        }
                        version = value;
                    }
                }
                rows += root.getRowCount();
            }
            if (rows != table.rowCount()) {
                throw new AssertionError(
                        "rows are missing: rows=" + rows + ", stated=" + table.rowCount());
            }
            return version;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
