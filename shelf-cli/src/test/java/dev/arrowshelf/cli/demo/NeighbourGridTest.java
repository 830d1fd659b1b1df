package dev.arrowshelf.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NeighbourGridTest {
    private static final int K = 10;

    @ParameterizedTest
    @ValueSource(ints = {11, 12, 100, 3000})
    void findsWhatALookAtEveryPointFinds(int count) {
        SplittableRandom random = new SplittableRandom(count);
        checkAgainstEveryPoint(
                points(
                        count,
                        _ ->
                                new double[] {
                                    random.nextDouble(), random.nextDouble(), random.nextDouble()
                                }));
    }

    @Test
    void findsNeighboursInClustersFarApart() {
        SplittableRandom random = new SplittableRandom(7);
        checkAgainstEveryPoint(
                points(
                        600,
                        row -> {
                            double center = (row % 3) * 1e3;
                            return new double[] {
                                center + random.nextGaussian(),
                                center - random.nextGaussian(),
                                random.nextGaussian()
                            };
                        }));
    }

    @Test
    void findsNeighboursOnALineInAPlaneAndInOnePlace() {
        SplittableRandom random = new SplittableRandom(8);
        checkAgainstEveryPoint(points(300, _ -> new double[] {random.nextDouble(), 3, -1}));
        checkAgainstEveryPoint(
                points(
                        300,
                        _ -> new double[] {random.nextDouble(), 3, random.nextDouble() * 1e-4}));
        checkAgainstEveryPoint(points(300, _ -> new double[] {5, 5, 5}));
    }

    @Test
    void findsAllOthersWhenThereAreFewerThanWanted() {
        Points points = points(4, row -> new double[] {row, 0, 0});
        Nearest nearest = new Nearest(K);
        new NeighbourGrid(points).search(0, nearest);
        assertThat(nearest.size()).isEqualTo(3);
        assertThat(nearest.isFull()).isFalse();
        assertThat(nearest.at(2)).isEqualTo(9);
    }

    private static void checkAgainstEveryPoint(Points points) {
        NeighbourGrid grid = new NeighbourGrid(points);
        Nearest nearest = new Nearest(K);
        for (int row = 0; row < points.count(); row++) {
            grid.search(row, nearest);
            double[] all = new double[points.count()];
            for (int other = 0; other < all.length; other++) {
                all[other] =
                        other == row
                                ? Double.POSITIVE_INFINITY
                                : points.squaredDistance(
                                        other, points.x(row), points.y(row), points.z(row));
            }
            Arrays.sort(all);
            for (int place = 0; place < K; place++) {
                assertThat(nearest.at(place))
                        .as("row %d, place %d", row, place)
                        .isEqualTo(all[place]);
            }
        }
    }

    private static Points points(int count, IntFunction<double[]> make) {
        double[][] all = new double[count][];
        Arrays.setAll(all, make);
        return new ArrayPoints(all);
    }

    private static final class ArrayPoints implements Points {
        private final double[][] rows;

        ArrayPoints(double[][] rows) {
            this.rows = rows;
        }

        @Override
        public int count() {
            return rows.length;
        }

        @Override
        public double x(int row) {
            return rows[row][0];
        }

        @Override
        public double y(int row) {
            return rows[row][1];
        }

        @Override
        public double z(int row) {
            return rows[row][2];
        }
    }
}
