package dev.arrowshelf.vector.points;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.LongBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The vectors of one record batch, read where they lie.
///
/// Memory rule: views of buffers that [PointTable] keeps.
sealed interface PointChunk {
    /// Returns the number of rows.
    int rows();

    /// Returns whether the row is missing, in whole or in part.
    boolean isNull(int row);

    /// Reads rows one after the other.
    void read(int row, int count, double[] target, int at);

    /// The same into float32, where every value fits.
    void readFloats(int row, int count, float[] target, int at);

    /// Returns the float32 values of all rows, one row after the other without gaps, or null where
    /// they do not lie so.
    @Nullable MemorySegment floatRows();

    /// Which of a column's values are there.
    ///
    /// @param bits a bit each, or null when all are
    record Validity(@Nullable MemorySegment bits) {
        boolean isNull(long index) {
            MemorySegment present = bits;
            return present != null
                    && (present.get(ValueLayout.JAVA_BYTE, index >>> 3) >>> (index & 7) & 1) == 0;
        }
    }

    /// A column of numbers.
    ///
    /// @param type of its numbers
    /// @param values as they lie
    /// @param validity which are there
    record Coordinates(ElementType type, MemorySegment values, Validity validity) {}

    /// One column for each dimension.
    ///
    /// @param rows number of rows
    /// @param columns one a dimension
    record OfColumns(int rows, List<Coordinates> columns) implements PointChunk {
        @Override
        public boolean isNull(int row) {
            for (Coordinates column : columns) {
                if (column.validity.isNull(row)) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public void read(int row, int count, double[] target, int at) {
            int dimensions = columns.size();
            for (int e = 0; e < dimensions; e++) {
                Coordinates column = columns.get(e);
                column.type.read(column.values, row, count, target, at + e, dimensions);
            }
        }

        @Override
        public void readFloats(int row, int count, float[] target, int at) {
            int dimensions = columns.size();
            for (int e = 0; e < dimensions; e++) {
                Coordinates column = columns.get(e);
                column.type.readFloats(column.values, row, count, target, at + e, dimensions);
            }
        }

        @Override
        public @Nullable MemorySegment floatRows() {
            return columns.size() == 1 && columns.getFirst().type == ElementType.FLOAT32
                    ? columns.getFirst().values
                    : null;
        }
    }

    /// One column of lists of equal length.
    ///
    /// @param rows number of rows
    /// @param dimensions length of each list
    /// @param starts index of each row's first number, or null when row r begins at r times the
    ///   length
    /// @param lists which lists are there
    /// @param items their numbers
    record OfLists(
            int rows,
            int dimensions,
            @Nullable LongBuffer starts,
            Validity lists,
            Coordinates items)
            implements PointChunk {
        private long start(int row) {
            LongBuffer known = starts;
            return known == null ? (long) row * dimensions : known.get(row);
        }

        @Override
        public boolean isNull(int row) {
            if (lists.isNull(row)) {
                return true;
            }
            if (items.validity.bits != null) {
                long start = start(row);
                for (int e = 0; e < dimensions; e++) {
                    if (items.validity.isNull(start + e)) {
                        return true;
                    }
                }
            }
            return false;
        }

        @Override
        public void read(int row, int count, double[] target, int at) {
            if (starts == null) {
                items.type.read(items.values, start(row), count * dimensions, target, at, 1);
                return;
            }
            for (int i = 0; i < count; i++) {
                if (!lists.isNull(row + i)) {
                    items.type.read(
                            items.values,
                            start(row + i),
                            dimensions,
                            target,
                            at + i * dimensions,
                            1);
                }
            }
        }

        @Override
        public void readFloats(int row, int count, float[] target, int at) {
            if (starts == null) {
                items.type.readFloats(items.values, start(row), count * dimensions, target, at, 1);
                return;
            }
            for (int i = 0; i < count; i++) {
                if (!lists.isNull(row + i)) {
                    items.type.readFloats(
                            items.values,
                            start(row + i),
                            dimensions,
                            target,
                            at + i * dimensions,
                            1);
                }
            }
        }

        @Override
        public @Nullable MemorySegment floatRows() {
            return starts == null && items.type == ElementType.FLOAT32 ? items.values : null;
        }
    }
}
