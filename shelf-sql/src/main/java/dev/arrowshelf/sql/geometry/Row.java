package dev.arrowshelf.sql.geometry;

import org.jspecify.annotations.Nullable;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.prep.PreparedGeometry;

/// The arguments of a function in one row; none of them is NULL. One thread.
final class Row {
    private final ColumnValues[] columns;
    private final Geometries[] geometries;
    private long number;

    Row(ColumnValues[] columns, Geometries[] geometries) {
        this.columns = columns;
        this.geometries = geometries;
    }

    /// Goes to a row; false when an argument is NULL there.
    boolean at(long row) {
        number = row;
        for (ColumnValues column : columns) {
            if (!column.isPresent(row)) {
                return false;
            }
        }
        return true;
    }

    Geometry geometry(int argument) {
        return geometries[argument].read(columns[argument].bytes(number));
    }

    /// Returns a geometry that was read before, ready for many comparisons, or null.
    @Nullable PreparedGeometry prepared(int argument) {
        return geometries[argument].prepared();
    }

    double number(int argument) {
        return columns[argument].number(number);
    }

    String text(int argument) {
        return columns[argument].text(number);
    }

    int count(int argument) {
        return columns[argument].count(number);
    }
}
