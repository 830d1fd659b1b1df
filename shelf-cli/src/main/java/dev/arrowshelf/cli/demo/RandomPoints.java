package dev.arrowshelf.cli.demo;

import java.util.List;
import java.util.SplittableRandom;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// Points evenly spread over the unit cube, the same ones for the same seed.
final class RandomPoints {
    private RandomPoints() {}

    /// Returns a batch of points; the caller closes it.
    static VectorSchemaRoot create(BufferAllocator allocator, int count, long seed) {
        VectorSchemaRoot batch =
                VectorSchemaRoot.create(
                        new Schema(List.of(coordinate("x"), coordinate("y"), coordinate("z"))),
                        allocator);
        SplittableRandom random = new SplittableRandom(seed);
        for (var vector : batch.getFieldVectors()) {
            Float8Vector coordinates = (Float8Vector) vector;
            coordinates.allocateNew(count);
            for (int row = 0; row < count; row++) {
                coordinates.set(row, random.nextDouble());
            }
        }
        batch.setRowCount(count);
        return batch;
    }

    private static Field coordinate(String name) {
        return Field.notNullable(name, new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE));
    }
}
