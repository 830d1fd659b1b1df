package dev.arrowshelf.cli.demo;

import java.util.Objects;

/// Exact nearest neighbours by a grid of cubes: a point's neighbours lie in its own cell and the
/// shells of cells around it, and the search ends when no cell further out can hold a nearer one.
/// Only row numbers are kept here; coordinates are read in place.
///
/// Immutable after building, so any number of threads may search, each with its own [Nearest].
final class NeighbourGrid {
    private static final int POINTS_PER_CELL = 4;

    private final Points points;
    private final Axis xAxis;
    private final Axis yAxis;
    private final Axis zAxis;
    private final int[] cellBegin;
    private final int[] rowsByCell;

    /// Sorts the points into cells.
    NeighbourGrid(Points points) {
        this.points = points;
        int count = points.count();
        Range x = Range.over(count, points::x);
        Range y = Range.over(count, points::y);
        Range z = Range.over(count, points::z);
        double cells = Math.max(1, (double) count / POINTS_PER_CELL);
        double edge = edge(x.extent(), y.extent(), z.extent(), cells);
        xAxis = Axis.over(x, edge);
        yAxis = Axis.over(y, edge);
        zAxis = Axis.over(z, edge);
        cellBegin =
                new int
                        [Math.multiplyExact(
                                        Math.multiplyExact(xAxis.cells, yAxis.cells), zAxis.cells)
                                + 1];
        rowsByCell = new int[count];
        sortIntoCells();
    }

    /// Finds the nearest other points of one point and leaves their squared distances in `nearest`.
    void search(int row, Nearest nearest) {
        Objects.checkIndex(row, points.count());
        Query query = new Query(row, points.x(row), points.y(row), points.z(row), nearest);
        nearest.clear();
        int cellX = xAxis.cellOf(query.x);
        int cellY = yAxis.cellOf(query.y);
        int cellZ = zAxis.cellOf(query.z);
        int lastShell = Math.max(xAxis.cells, Math.max(yAxis.cells, zAxis.cells));
        for (int shell = 0; shell < lastShell; shell++) {
            searchShell(query, cellX, cellY, cellZ, shell);
            double reachXY =
                    Math.min(
                            xAxis.reach(query.x, cellX, shell), yAxis.reach(query.y, cellY, shell));
            double reach = Math.min(reachXY, zAxis.reach(query.z, cellZ, shell));
            if (nearest.worst() <= reach * reach) {
                return;
            }
        }
    }

    private void searchShell(Query query, int cellX, int cellY, int cellZ, int shell) {
        int endX = Math.min(cellX + shell, xAxis.cells - 1);
        int endY = Math.min(cellY + shell, yAxis.cells - 1);
        for (int ix = Math.max(cellX - shell, 0); ix <= endX; ix++) {
            for (int iy = Math.max(cellY - shell, 0); iy <= endY; iy++) {
                int line = (ix * yAxis.cells + iy) * zAxis.cells;
                if (Math.abs(ix - cellX) == shell || Math.abs(iy - cellY) == shell) {
                    int from = Math.max(cellZ - shell, 0);
                    int to = Math.min(cellZ + shell, zAxis.cells - 1);
                    offerRows(query, cellBegin[line + from], cellBegin[line + to + 1]);
                } else {
                    offerCell(query, line, cellZ - shell);
                    offerCell(query, line, cellZ + shell);
                }
            }
        }
    }

    private void offerCell(Query query, int line, int iz) {
        if (iz >= 0 && iz < zAxis.cells) {
            offerRows(query, cellBegin[line + iz], cellBegin[line + iz + 1]);
        }
    }

    private void offerRows(Query query, int from, int to) {
        for (int index = from; index < to; index++) {
            int other = rowsByCell[index];
            if (other != query.row) {
                query.nearest.offer(points.squaredDistance(other, query.x, query.y, query.z));
            }
        }
    }

    private void sortIntoCells() {
        int[] cellOfRow = new int[rowsByCell.length];
        for (int row = 0; row < cellOfRow.length; row++) {
            int line = xAxis.cellOf(points.x(row)) * yAxis.cells + yAxis.cellOf(points.y(row));
            cellOfRow[row] = line * zAxis.cells + zAxis.cellOf(points.z(row));
            cellBegin[cellOfRow[row] + 1]++;
        }
        for (int cell = 1; cell < cellBegin.length; cell++) {
            cellBegin[cell] += cellBegin[cell - 1];
        }
        int[] next = cellBegin.clone();
        for (int row = 0; row < cellOfRow.length; row++) {
            rowsByCell[next[cellOfRow[row]]++] = row;
        }
    }

    /// The edge of a cube such that about the wanted number of cubes covers a box that may be flat
    /// in some directions.
    private static double edge(double extentX, double extentY, double extentZ, double cells) {
        double longest = Math.max(extentX, Math.max(extentY, extentZ));
        if (longest == 0) {
            return 1;
        }
        double volume = 1;
        int directions = 0;
        for (double extent : new double[] {extentX, extentY, extentZ}) {
            if (extent > longest * 1e-3) {
                volume *= extent;
                directions++;
            }
        }
        return Math.pow(volume / cells, 1.0 / directions);
    }

    /// The point whose neighbours are wanted, and the best found so far.
    private record Query(int row, double x, double y, double z, Nearest nearest) {}

    /// One direction of the grid: cells of one width from the least coordinate on.
    private record Axis(double begin, double edge, int cells) {
        static Axis over(Range range, double edge) {
            return new Axis(range.least, edge, (int) (range.extent() / edge) + 1);
        }

        int cellOf(double coordinate) {
            return Math.clamp((long) ((coordinate - begin) / edge), 0, cells - 1);
        }

        /// How far one can go from a coordinate, both ways, inside the cells up to a shell. There
        /// is nothing beyond the last cell.
        double reach(double coordinate, int cell, int shell) {
            double below =
                    cell - shell <= 0
                            ? Double.POSITIVE_INFINITY
                            : coordinate - (begin + (cell - shell) * edge);
            double above =
                    cell + shell >= cells - 1
                            ? Double.POSITIVE_INFINITY
                            : begin + (cell + shell + 1) * edge - coordinate;
            return Math.min(below, above);
        }
    }

    private record Range(double least, double greatest) {
        static Range over(int count, java.util.function.IntToDoubleFunction coordinate) {
            double least = count == 0 ? 0 : coordinate.applyAsDouble(0);
            double greatest = least;
            for (int row = 1; row < count; row++) {
                double value = coordinate.applyAsDouble(row);
                least = Math.min(least, value);
                greatest = Math.max(greatest, value);
            }
            return new Range(least, greatest);
        }

        double extent() {
            return greatest - least;
        }
    }
}
