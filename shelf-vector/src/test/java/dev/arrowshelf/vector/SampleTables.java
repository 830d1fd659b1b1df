package dev.arrowshelf.vector;

import dev.arrowshelf.store.Shelf;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Tables of vectors for tests, made from plain arrays.
final class SampleTables {
    /// A row that is missing.
    static final double[] MISSING = {};

    private SampleTables() {}

    static double[][] uniform(int rows, int dimensions, long seed) {
        Random random = new Random(seed);
        double[][] points = new double[rows][dimensions];
        for (double[] point : points) {
            for (int e = 0; e < dimensions; e++) {
                point[e] = random.nextFloat();
            }
        }
        return points;
    }

    static double[][] clustered(int rows, int dimensions, int clusters, long seed) {
        Random random = new Random(seed);
        double[][] centres = uniform(clusters, dimensions, seed + 1);
        double[][] points = new double[rows][dimensions];
        for (double[] point : points) {
            double[] centre = centres[random.nextInt(clusters)];
            for (int e = 0; e < dimensions; e++) {
                point[e] = (float) (centre[e] + random.nextGaussian() * 0.02);
            }
        }
        return points;
    }

    static String[] names(int dimensions) {
        String[] names = new String[dimensions];
        for (int e = 0; e < dimensions; e++) {
            names[e] = "c" + e;
        }
        return names;
    }

    /// Puts one column a dimension; a NaN stays one, a missing row is null in each column.
    static void putColumns(
            Shelf shelf, String name, double[][] points, FloatingPointPrecision precision) {
        int dimensions = points.length == 0 ? 3 : width(points);
        List<Field> fields = new ArrayList<>();
        for (String column : names(dimensions)) {
            fields.add(Field.nullable(column, new ArrowType.FloatingPoint(precision)));
        }
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(fields), allocator)) {
            for (int e = 0; e < dimensions; e++) {
                FieldVector vector = root.getVector(e);
                vector.setInitialCapacity(points.length);
                vector.allocateNew();
                for (int row = 0; row < points.length; row++) {
                    set(vector, row, points[row].length == 0 ? null : points[row][e]);
                }
            }
            root.setRowCount(points.length);
            shelf.put(name, root);
        }
    }

    /// Puts one column `v` of lists of fixed size.
    static void putLists(
            Shelf shelf, String name, double[][] points, FloatingPointPrecision precision) {
        int dimensions = width(points);
        Field item = Field.nullable("item", new ArrowType.FloatingPoint(precision));
        Field lists =
                new Field(
                        "v",
                        FieldType.nullable(new ArrowType.FixedSizeList(dimensions)),
                        List.of(item));
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root =
                        VectorSchemaRoot.create(new Schema(List.of(lists)), allocator)) {
            FixedSizeListVector vector = (FixedSizeListVector) root.getVector(0);
            vector.allocateNew();
            FieldVector items = vector.getDataVector();
            items.setInitialCapacity(points.length * dimensions);
            items.allocateNew();
            for (int row = 0; row < points.length; row++) {
                if (points[row].length == 0) {
                    vector.setNull(row);
                    continue;
                }
                vector.setNotNull(row);
                for (int e = 0; e < dimensions; e++) {
                    set(items, row * dimensions + e, points[row][e]);
                }
            }
            items.setValueCount(points.length * dimensions);
            vector.setValueCount(points.length);
            root.setRowCount(points.length);
            shelf.put(name, root);
        }
    }

    /// Puts one column `v` of lists, each as long as its row.
    static void putVariableLists(Shelf shelf, String name, double[][] points) {
        Field item =
                Field.nullable("item", new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE));
        Field lists = new Field("v", FieldType.nullable(ArrowType.List.INSTANCE), List.of(item));
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root =
                        VectorSchemaRoot.create(new Schema(List.of(lists)), allocator)) {
            ListVector vector = (ListVector) root.getVector(0);
            vector.allocateNew();
            FieldVector items = vector.getDataVector();
            int next = 0;
            for (int row = 0; row < points.length; row++) {
                if (points[row].length == 0) {
                    vector.setNull(row);
                    continue;
                }
                vector.startNewValue(row);
                for (double value : points[row]) {
                    set(items, next++, value);
                }
                vector.endValue(row, points[row].length);
            }
            items.setValueCount(next);
            vector.setValueCount(points.length);
            root.setRowCount(points.length);
            shelf.put(name, root);
        }
    }

    private static int width(double[][] points) {
        for (double[] point : points) {
            if (point.length > 0) {
                return point.length;
            }
        }
        throw new IllegalArgumentException("no row is there");
    }

    private static void set(FieldVector vector, int index, @Nullable Double value) {
        switch (vector) {
            case Float2Vector halves when value != null -> halves.setSafe(index, half(value));
            case Float4Vector floats when value != null ->
                    floats.setSafe(index, value.floatValue());
            case Float8Vector doubles when value != null -> doubles.setSafe(index, value);
            default -> vector.setNull(index);
        }
    }

    private static short half(double value) {
        return Float.floatToFloat16((float) value);
    }
}
