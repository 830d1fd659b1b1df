package dev.arrowshelf.cli.demo;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;

/// Points that lie in three columns of a table, read where they lie.
record TablePoints(Float8Vector xs, Float8Vector ys, Float8Vector zs) implements Points {
    static final String TABLE = "points";

    /// Takes the columns `x`, `y` and `z` of a batch.
    static TablePoints of(VectorSchemaRoot batch) {
        return new TablePoints(column(batch, "x"), column(batch, "y"), column(batch, "z"));
    }

    @Override
    public int count() {
        return xs.getValueCount();
    }

    @Override
    public double x(int row) {
        return xs.get(row);
    }

    @Override
    public double y(int row) {
        return ys.get(row);
    }

    @Override
    public double z(int row) {
        return zs.get(row);
    }

    private static Float8Vector column(VectorSchemaRoot batch, String name) {
        if (batch.getVector(name) instanceof Float8Vector vector) {
            return vector;
        }
        throw new ShelfException(
                ErrorCode.INTERNAL,
                "column is not of doubles: column=" + name + ", schema=" + batch.getSchema());
    }
}
