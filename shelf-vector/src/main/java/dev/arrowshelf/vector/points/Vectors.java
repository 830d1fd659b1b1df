package dev.arrowshelf.vector.points;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;

/// Vectors of equal length that can be read by number: the queries of a search.
///
/// Thread rule: may be read by several threads.
public interface Vectors {
    /// Returns how many there are.
    long count();

    /// Returns their length.
    int dimensions();

    /// Returns whether a vector is missing.
    boolean isNull(long row);

    /// Reads vectors one after the other.
    void read(long row, int count, double[] target, int at);

    /// Returns whether float32 holds every coordinate exactly.
    default boolean fitsFloat() {
        return false;
    }

    /// Reads vectors as float32, where [#fitsFloat()].
    default void readFloats(long row, int count, float[] target, int at) {
        double[] values = new double[dimensions()];
        for (int i = 0; i < count; i++) {
            read(row + i, 1, values, 0);
            for (int e = 0; e < values.length; e++) {
                target[at + i * values.length + e] = (float) values[e];
            }
        }
    }

    /// Returns vectors in an array, which is not copied.
    ///
    /// @param values one vector after the other Error: `INVALID_ARGUMENT` when the array is no
    ///   whole number of vectors.
    static Vectors of(float[] values, int dimensions) {
        return new FloatVectors(values, checked(values.length, dimensions));
    }

    /// The same for doubles.
    static Vectors of(double[] values, int dimensions) {
        return new DoubleVectors(values, checked(values.length, dimensions));
    }

    private static int checked(int length, int dimensions) {
        if (dimensions < 1 || length % dimensions != 0) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "values are no whole number of vectors: values="
                            + length
                            + ", dimensions="
                            + dimensions);
        }
        return dimensions;
    }

    /// Vectors in an array of floats.
    final class FloatVectors implements Vectors {
        private final float[] values;
        private final int dimensions;

        private FloatVectors(float[] values, int dimensions) {
            this.values = values;
            this.dimensions = dimensions;
        }

        @Override
        public long count() {
            return values.length / dimensions;
        }

        @Override
        public int dimensions() {
            return dimensions;
        }

        @Override
        public boolean isNull(long row) {
            return false;
        }

        @Override
        public boolean fitsFloat() {
            return true;
        }

        @Override
        public void readFloats(long row, int count, float[] target, int at) {
            System.arraycopy(
                    values, Math.toIntExact(row * dimensions), target, at, count * dimensions);
        }

        @Override
        public void read(long row, int count, double[] target, int at) {
            int from = Math.toIntExact(row * dimensions);
            for (int i = 0; i < count * dimensions; i++) {
                target[at + i] = values[from + i];
            }
        }
    }

    /// Vectors in an array of doubles.
    final class DoubleVectors implements Vectors {
        private final double[] values;
        private final int dimensions;

        private DoubleVectors(double[] values, int dimensions) {
            this.values = values;
            this.dimensions = dimensions;
        }

        @Override
        public long count() {
            return values.length / dimensions;
        }

        @Override
        public int dimensions() {
            return dimensions;
        }

        @Override
        public boolean isNull(long row) {
            return false;
        }

        @Override
        public void read(long row, int count, double[] target, int at) {
            System.arraycopy(
                    values, Math.toIntExact(row * dimensions), target, at, count * dimensions);
        }
    }
}
