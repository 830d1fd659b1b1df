package dev.arrowshelf.sql.scan;

import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/// Which Arrow types DuckDB can read, and reads right.
final class ReadableTypes {
    private static final int WIDEST_DECIMAL_BITS = 128;

    private ReadableTypes() {}

    static boolean isReadable(Field field) {
        boolean self =
                switch (field.getType()) {
                    case ArrowType.FloatingPoint number ->
                            number.getPrecision() != FloatingPointPrecision.HALF;
                    case ArrowType.Decimal number -> number.getBitWidth() <= WIDEST_DECIMAL_BITS;
                    case ArrowType.Union union -> isReadable(union);
                    // read as milliseconds alone, with the days in them
                    case ArrowType.Interval interval -> interval.getUnit() != IntervalUnit.DAY_TIME;
                    default -> true;
                };
        return self && field.getChildren().stream().allMatch(ReadableTypes::isReadable);
    }

    /// DuckDB takes the type id for the number of the child, and has no dense unions.
    private static boolean isReadable(ArrowType.Union union) {
        int[] ids = union.getTypeIds();
        for (int child = 0; ids != null && child < ids.length; child++) {
            if (ids[child] != child) {
                return false;
            }
        }
        return union.getMode() == UnionMode.Sparse;
    }
}
