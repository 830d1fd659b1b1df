package dev.arrowshelf.vector.ivf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.vector.kernel.Kernels;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.IndexSettings;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.Storage;
import dev.arrowshelf.vector.near.Nearest;
import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.segment.IndexIdentity;
import dev.arrowshelf.vector.segment.IndexTuning.Calibration;
import dev.arrowshelf.vector.segment.IndexWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IvfTest {
    private static final int POINTS = 3000;
    private static final int DIMENSIONS = 13;

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 50})
    void allListsTogetherFindEverything(int queries) {
        float[] points = clustered();
        with(
                points,
                POINTS,
                40,
                index -> {
                    Nearest[] nearest = search(index, points, queries, index.lists());

                    for (int query = 0; query < queries; query++) {
                        float[] truth = truth(points, query);
                        for (int place = 0; place < 10; place++) {
                            assertThat(Math.abs(nearest[query].sum(place) - truth[place]))
                                    .isLessThan(1e-4f);
                        }
                        assertThat(index.row(nearest[query].position(0))).isEqualTo(query);
                    }
                });
    }

    @Test
    void everyPointLiesInExactlyOneList() {
        with(
                clustered(),
                POINTS,
                40,
                index -> {
                    int places = index.firstPanel(index.lists()) * IvfIndex.PANEL;
                    int[] rows =
                            IntStream.range(0, places)
                                    .map(index::row)
                                    .filter(row -> row >= 0)
                                    .sorted()
                                    .toArray();

                    assertThat(rows).isEqualTo(IntStream.range(0, POINTS).toArray());
                });
    }

    @Test
    void measuredRecallGrowsToOne() {
        float[] points = clustered();
        with(
                points,
                POINTS,
                40,
                index -> {
                    List<Calibration> measured = measured(index, points);

                    assertThat(measured.getFirst().setting()).isEqualTo(1);
                    assertThat(measured.getFirst().recall())
                            .isLessThan(measured.getLast().recall());
                    assertThat(measured.getLast().recall()).isGreaterThan(0.999f);
                });
    }

    @Test
    void worksForFewerPointsThanLists() {
        with(
                Arrays.copyOf(clustered(), 2 * DIMENSIONS),
                2,
                40,
                index -> assertThat(index.lists()).isEqualTo(2));
        with(new float[0], 0, 0, index -> assertThat(index.lists()).isEqualTo(1));
    }

    private static List<Calibration> measured(IvfIndex index, float[] points) {
        int[] members = new int[index.firstPanel(index.lists()) * IvfIndex.PANEL];
        Arrays.setAll(members, index::row);
        try (Workers workers = new Workers(2)) {
            return new IvfCalibration(
                            index,
                            new BuiltPoints(points, DIMENSIONS, members),
                            Kernels.chosen(),
                            workers,
                            new IvfCalibration.Queries(points, 100, true))
                    .measure(Workers.Watch.NONE);
        }
    }

    private static Nearest[] search(IvfIndex index, float[] queries, int count, int probes) {
        Nearest[] nearest = new Nearest[count];
        for (int query = 0; query < count; query++) {
            nearest[query] = Nearest.of(10);
            nearest[query].filterBy(position -> index.row(position) >= 0);
        }
        new IvfSearch(index, probes, Kernels.chosen(), null).search(queries, 0, nearest);
        Arrays.stream(nearest).forEach(Nearest::finish);
        return nearest;
    }

    private static float[] truth(float[] points, int query) {
        float[] sums = new float[POINTS];
        for (int point = 0; point < POINTS; point++) {
            for (int e = 0; e < DIMENSIONS; e++) {
                float gap = points[point * DIMENSIONS + e] - points[query * DIMENSIONS + e];
                sums[point] += gap * gap;
            }
        }
        Arrays.sort(sums);
        return sums;
    }

    private static float[] clustered() {
        Random random = new Random(5);
        float[] points = new float[POINTS * DIMENSIONS];
        for (int i = 0; i < points.length; i++) {
            points[i] = (i / DIMENSIONS % 30) + (float) random.nextGaussian();
        }
        return points;
    }

    private static void with(float[] points, int count, int lists, Consumer<IvfIndex> test) {
        IndexIdentity identity = new IndexIdentity("t", 1, List.of("v"), Metric.L2, IndexKind.IVF);
        try (Workers workers = new Workers(2);
                Arena arena = Arena.ofShared();
                IvfBuilder builder =
                        new IvfBuilder(
                                points,
                                IntStream.range(0, count).toArray(),
                                count,
                                DIMENSIONS,
                                new IndexSettings(lists, Storage.AUTO),
                                Kernels.chosen(),
                                workers)) {
            builder.train(Workers.Watch.NONE);
            IndexWriter writer = new IndexWriter(identity);
            builder.reserve(writer);
            MemorySegment memory = arena.allocate(writer.totalBytes(), 64);
            test.accept(builder.write(writer, memory, Workers.Watch.NONE));
        }
    }
}
