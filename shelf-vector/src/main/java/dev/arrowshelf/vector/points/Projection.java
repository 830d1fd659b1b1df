package dev.arrowshelf.vector.points;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.model.Metric;
import java.util.Arrays;

/// How vectors of a table and of queries become the float32 vectors that are searched, so that
/// every metric but the inner product is a Euclidean distance there.
///
/// * l2: as they are; coordinates that float32 does not hold exactly are taken relative to a
///   centre, so that small distances far from the origin survive.
/// * cosine: at length one; half the squared distance is one minus the cosine.
/// * haversine: points on the unit sphere in three dimensions; the chord grows with the arc.
/// * ip: as they are, and the kernels sum products. In an index, which knows distances only, with
///   one more coordinate that makes all vectors as long as the longest; that of a query is zero, so
///   that the nearest is the one with the greatest product.
///
/// Thread rule: immutable.
public final class Projection {
    /// Mean radius of the earth, metres.
    public static final double EARTH_RADIUS = 6_371_008.8;

    /// Times this, what is larger than 1e18 is infinite.
    private static final float OVERFLOWING = 3.4e20f;

    private final Metric metric;
    private final int dimensions;
    private final double[] centre;
    private final boolean lifted;

    /// Makes the projection of vectors of so many dimensions, relative to a centre of as many
    /// coordinates.
    public Projection(Metric metric, int dimensions, double[] centre) {
        if (metric == Metric.HAVERSINE && dimensions != 2) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "haversine needs latitude and longitude: dimensions=" + dimensions);
        }
        this.lifted = metric == Metric.INNER_PRODUCT && centre.length == dimensions + 1;
        if (centre.length != dimensions && !lifted) {
            throw new IllegalArgumentException(
                    "centre does not fit: length=" + centre.length + ", dimensions=" + dimensions);
        }
        this.metric = metric;
        this.dimensions = dimensions;
        this.centre = centre.clone();
    }

    /// Returns the projection for a table: with a centre where its numbers need one.
    public static Projection of(Metric metric, PointTable table) {
        double[] centre = new double[table.dimensions()];
        if (metric == Metric.L2 && !table.fitsFloat()) {
            Centre.ofSample(table, centre);
        }
        return new Projection(metric, table.dimensions(), centre);
    }

    /// Returns the projection for an index of a table. Inner products are lifted: this reads the
    /// whole table once.
    public static Projection ofIndex(Metric metric, PointTable table) {
        if (metric != Metric.INNER_PRODUCT) {
            return of(metric, table);
        }
        int dimensions = table.dimensions();
        double[] lift = new double[dimensions + 1];
        double[] row = new double[dimensions];
        for (long number = 0; number < table.count(); number++) {
            if (!table.isNull(number)) {
                table.read(number, 1, row, 0);
                double square = square(row, 0, dimensions);
                if (Double.isFinite(square) && square > lift[dimensions]) {
                    lift[dimensions] = square;
                }
            }
        }
        return new Projection(metric, dimensions, lift);
    }

    /// Returns the projection that an index was made with.
    ///
    /// @param centre as [#centre()] of that projection
    public static Projection stored(Metric metric, double[] centre) {
        int lift = metric == Metric.INNER_PRODUCT ? 1 : 0;
        return new Projection(metric, centre.length - lift, centre);
    }

    /// Returns the metric.
    public Metric metric() {
        return metric;
    }

    /// Returns the centre, and after it the greatest squared length where vectors are lifted.
    public double[] centre() {
        return centre.clone();
    }

    /// Returns the dimensions that are searched.
    public int dimensions() {
        return metric == Metric.HAVERSINE ? 3 : centre.length;
    }

    /// Projects a query; as a vector of the table but where those are lifted.
    public boolean projectQuery(double[] vector, int at, float[] target, int targetAt) {
        boolean usable = project(vector, at, target, targetAt);
        if (lifted) {
            target[targetAt + dimensions] = 0;
        }
        return usable;
    }

    /// Projects a vector. False when it is none: a coordinate is not a finite number (in float32),
    /// or it has no direction.
    public boolean project(double[] vector, int at, float[] target, int targetAt) {
        return switch (metric) {
            case L2, INNER_PRODUCT -> {
                for (int e = 0; e < dimensions; e++) {
                    target[targetAt + e] = (float) (vector[at + e] - centre[e]);
                }
                if (lifted) {
                    double missing = centre[dimensions] - square(vector, at, dimensions);
                    target[targetAt + dimensions] = (float) Math.sqrt(Math.max(0, missing));
                }
                yield isUsable(target, targetAt, dimensions);
            }
            case COSINE -> direction(vector, at, target, targetAt);
            case HAVERSINE -> sphere(vector[at], vector[at + 1], target, targetAt);
        };
    }

    /// Returns whether coordinates are finite numbers, and not so large that their squares are not.
    public static boolean isUsable(float[] values, int at, int count) {
        float check = 0;
        for (int i = at; i < at + count; i++) {
            check += values[i] * OVERFLOWING * 0f;
        }
        return check == 0;
    }

    /// Returns whether float32 values are searched as they are.
    public boolean keepsFloats() {
        return metric == Metric.L2 || (metric == Metric.INNER_PRODUCT && !lifted);
    }

    /// Returns whether queries of float32 values are searched as they are.
    public boolean keepsFloatQueries() {
        return keepsFloats() && Arrays.stream(centre).allMatch(middle -> middle == 0);
    }

    /// Returns whether what is summed gives the distance, as far as float32 goes; otherwise
    /// candidates are measured again.
    public boolean isPlain() {
        return metric != Metric.HAVERSINE && !lifted;
    }

    /// Returns the coordinates of a query that are not always zero.
    public int queryDimensions() {
        return lifted ? dimensions : dimensions();
    }

    private static double square(double[] vector, int at, int count) {
        double sum = 0;
        for (int e = at; e < at + count; e++) {
            sum += vector[e] * vector[e];
        }
        return sum;
    }

    private boolean direction(double[] vector, int at, float[] target, int targetAt) {
        double square = 0;
        for (int e = 0; e < dimensions; e++) {
            square += vector[at + e] * vector[at + e];
        }
        double scale = 1 / Math.sqrt(square);
        if (!(square > 0) || Double.isInfinite(square) || Double.isInfinite(scale)) {
            return false;
        }
        for (int e = 0; e < dimensions; e++) {
            target[targetAt + e] = (float) (vector[at + e] * scale);
        }
        return true;
    }

    private static boolean sphere(double latitude, double longitude, float[] target, int targetAt) {
        if (!(Math.abs(latitude) <= 90) || !(Math.abs(longitude) <= 1e6)) {
            return false;
        }
        double phi = Math.toRadians(latitude);
        double lambda = Math.toRadians(longitude);
        target[targetAt] = (float) (Math.cos(phi) * Math.cos(lambda));
        target[targetAt + 1] = (float) (Math.cos(phi) * Math.sin(lambda));
        target[targetAt + 2] = (float) Math.sin(phi);
        return true;
    }

    /// Returns the distance that belongs to what the kernels sum.
    public float distance(float sum) {
        return switch (metric) {
            case L2 -> (float) Math.sqrt(sum);
            case INNER_PRODUCT -> sum;
            case COSINE -> Math.min(sum * 0.5f, 2f);
            case HAVERSINE ->
                    (float) (2 * EARTH_RADIUS * Math.asin(Math.min(1, Math.sqrt(sum) / 2)));
        };
    }

    /// Returns what the kernels sum for a distance; the inverse of [#distance(float)].
    public float sum(double distance) {
        return switch (metric) {
            case L2 -> (float) (distance * distance);
            case INNER_PRODUCT -> (float) distance;
            case COSINE -> (float) (2 * distance);
            case HAVERSINE -> {
                double angle = Math.min(distance / (2 * EARTH_RADIUS), Math.PI / 2);
                double chord = 2 * Math.sin(angle);
                yield (float) (chord * chord);
            }
        };
    }

    /// Returns the distance of two vectors in double precision, from their own coordinates.
    public double distance(double[] vector, int at, double[] query, int queryAt) {
        return switch (metric) {
            case L2 -> {
                double sum = 0;
                for (int e = 0; e < dimensions; e++) {
                    double difference = vector[at + e] - query[queryAt + e];
                    sum += difference * difference;
                }
                yield Math.sqrt(sum);
            }
            case INNER_PRODUCT -> -product(vector, at, query, queryAt);
            case COSINE -> {
                double lengths =
                        Math.sqrt(product(vector, at, vector, at))
                                * Math.sqrt(product(query, queryAt, query, queryAt));
                yield Math.max(0, 1 - product(vector, at, query, queryAt) / lengths);
            }
            case HAVERSINE -> arc(vector[at], vector[at + 1], query[queryAt], query[queryAt + 1]);
        };
    }

    private double product(double[] one, int at, double[] other, int otherAt) {
        double sum = 0;
        for (int e = 0; e < dimensions; e++) {
            sum += one[at + e] * other[otherAt + e];
        }
        return sum;
    }

    private static double arc(double latitude, double longitude, double toLatitude, double to) {
        double phi = Math.toRadians(latitude);
        double otherPhi = Math.toRadians(toLatitude);
        double half = Math.sin((otherPhi - phi) / 2);
        double across = Math.sin(Math.toRadians(to - longitude) / 2);
        double square = half * half + Math.cos(phi) * Math.cos(otherPhi) * across * across;
        return 2 * EARTH_RADIUS * Math.asin(Math.min(1, Math.sqrt(square)));
    }
}
