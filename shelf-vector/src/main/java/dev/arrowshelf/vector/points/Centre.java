package dev.arrowshelf.vector.points;

/// The middle of a table's points, from a sample: near enough that what is left of the coordinates
/// is small, which is all it is for.
final class Centre {
    private static final int SAMPLES = 1024;

    private Centre() {}

    static void ofSample(PointTable table, double[] centre) {
        int dimensions = table.dimensions();
        long rows = table.count();
        long step = Math.max(1, rows / SAMPLES);
        double[] row = new double[dimensions];
        long used = 0;
        double[] sums = new double[dimensions];
        for (long number = 0; number < rows; number += step) {
            if (table.isNull(number)) {
                continue;
            }
            table.read(number, 1, row, 0);
            if (isFinite(row)) {
                used++;
                for (int e = 0; e < dimensions; e++) {
                    sums[e] += row[e];
                }
            }
        }
        for (int e = 0; e < dimensions; e++) {
            double mean = used == 0 ? 0 : sums[e] / used;
            centre[e] = Double.isFinite(mean) ? mean : 0;
        }
    }

    private static boolean isFinite(double[] values) {
        double check = 0;
        for (double value : values) {
            check += value * 0;
        }
        return check == 0;
    }
}
