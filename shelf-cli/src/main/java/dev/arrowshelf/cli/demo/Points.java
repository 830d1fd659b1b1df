package dev.arrowshelf.cli.demo;

/// Points in space, read by row number. Safe for many threads as long as what lies behind is not
/// closed.
interface Points {
    /// Returns how many there are; rows run from 0.
    int count();

    /// Returns the first coordinate.
    double x(int row);

    /// Returns the second coordinate.
    double y(int row);

    /// Returns the third coordinate.
    double z(int row);

    /// Returns the square of the distance from a point to a place.
    default double squaredDistance(int row, double x, double y, double z) {
        double dx = x(row) - x;
        double dy = y(row) - y;
        double dz = z(row) - z;
        return dx * dx + dy * dy + dz * dz;
    }
}
