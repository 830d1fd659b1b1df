package dev.arrowshelf.vector.graph;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.vector.kernel.Kernels;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.Storage;
import dev.arrowshelf.vector.near.Nearest;
import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.segment.IndexBytes;
import dev.arrowshelf.vector.segment.IndexIdentity;
import dev.arrowshelf.vector.segment.IndexSection;
import dev.arrowshelf.vector.segment.IndexShape;
import dev.arrowshelf.vector.segment.IndexTuning;
import dev.arrowshelf.vector.segment.IndexTuning.Calibration;
import dev.arrowshelf.vector.segment.IndexWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GraphTest {
    private static final int POINTS = 4000;
    private static final int DIMENSIONS = 13;

    @Test
    void findsNearlyEverythingAndEachPointItself() {
        float[] points = clustered(30);
        with(
                points,
                POINTS,
                12,
                index -> {
                    GraphIndex graph = GraphIndex.read(index);
                    int met = 0;
                    for (int row = 0; row < POINTS; row += 40) {
                        Nearest found = search(graph, points, row, 100);
                        float[] truth = truth(points, row);
                        assertThat(graph.row(found.position(0))).isEqualTo(row);
                        for (int place = 0; place < 10; place++) {
                            met += found.sum(place) <= truth[9] * (1 + 1e-5f) ? 1 : 0;
                        }
                    }
                    assertThat(met).isGreaterThan(990);
                });
    }

    @Test
    void everyPointIsInTheGraphOnceAndCanBeReached() {
        with(
                clustered(1),
                POINTS,
                8,
                index -> {
                    GraphIndex graph = GraphIndex.read(index);
                    int[] rows = IntStream.range(0, POINTS).map(graph::row).sorted().toArray();
                    assertThat(rows).isEqualTo(IntStream.range(0, POINTS).toArray());
                    Set<Integer> reached = reached(graph);
                    assertThat(reached.size()).isGreaterThan(POINTS * 99 / 100);
                });
    }

    @Test
    void linksStayOnTheirLevelAndNeverLeadToThePointItself() {
        with(
                clustered(10),
                POINTS,
                5,
                index -> {
                    GraphIndex graph = GraphIndex.read(index);
                    assertThat(graph.top()).isGreaterThan(2);
                    int[] linked = new int[graph.mostLinks(0)];
                    for (int point = 0; point < POINTS; point++) {
                        for (int level = 0; level <= graph.levelOf(point); level++) {
                            int count = graph.readLinks(level, point, linked);
                            for (int i = 0; i < count; i++) {
                                assertThat(linked[i]).isBetween(0, POINTS - 1).isNotEqualTo(point);
                                assertThat(graph.levelOf(linked[i])).isGreaterThanOrEqualTo(level);
                            }
                            assertThat(Arrays.stream(linked, 0, count).distinct().count())
                                    .isEqualTo(count);
                        }
                    }
                });
    }

    @Test
    void measuredRecallGrowsToNearlyOne() {
        with(
                clustered(30),
                POINTS,
                16,
                index -> {
                    List<Calibration> measured = index.tuning().calibration();
                    assertThat(measured.getFirst().setting()).isEqualTo(10);
                    assertThat(measured.getFirst().recall())
                            .isLessThan(measured.getLast().recall());
                    assertThat(measured.getLast().recall()).isGreaterThan(0.99f);
                });
    }

    @Test
    void theSamePointsGiveTheSameGraph() {
        float[] points = clustered(30);
        byte[][] links = new byte[2][];
        for (int i = 0; i < 2; i++) {
            int number = i;
            with(
                    points,
                    POINTS,
                    16,
                    index ->
                            links[number] =
                                    index.section(IndexSection.LINKS)
                                            .toArray(ValueLayout.JAVA_BYTE));
        }
        assertThat(links[0]).isEqualTo(links[1]);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 15, 16, 17, 63, 300})
    void fewPointsAreAllFound(int count) {
        float[] points = Arrays.copyOf(clustered(1), count * DIMENSIONS);
        with(
                points,
                count,
                16,
                index -> {
                    GraphIndex graph = GraphIndex.read(index);
                    for (int row = 0; row < count; row++) {
                        assertThat(search(graph, points, row, 300).size())
                                .isEqualTo(Math.min(10, count));
                    }
                });
    }

    @Test
    void manyEqualPointsDoNotCloseThemselvesOff() {
        float[] points = clustered(30);
        for (int row = 0; row < POINTS / 4; row++) {
            System.arraycopy(points, 0, points, row * DIMENSIONS, DIMENSIONS);
        }
        with(
                points,
                POINTS,
                16,
                index -> {
                    GraphIndex graph = GraphIndex.read(index);
                    int met = 0;
                    for (int row = POINTS / 4; row < POINTS; row += 30) {
                        met += search(graph, points, row, 100).sum(0) == 0 ? 1 : 0;
                    }
                    assertThat(met).isGreaterThanOrEqualTo(99);
                    assertThat(search(graph, points, 0, 100).sum(9)).isZero();
                });
    }

    private static Nearest search(GraphIndex graph, float[] queries, int number, int candidates) {
        Nearest found = Nearest.of(10);
        new GraphSearch(graph, candidates, Kernels.chosen())
                .search(queries, number, candidates, found, false);
        found.finish();
        return found;
    }

    private static Set<Integer> reached(GraphIndex graph) {
        Set<Integer> reached = new HashSet<>(Set.of(0));
        int[] stack = new int[graph.points()];
        int depth = 1;
        int[] linked = new int[graph.mostLinks(0)];
        while (depth > 0) {
            int count = graph.readLinks(0, stack[--depth], linked);
            for (int i = 0; i < count; i++) {
                if (reached.add(linked[i])) {
                    stack[depth++] = linked[i];
                }
            }
        }
        return reached;
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

    private static float[] clustered(int clusters) {
        Random random = new Random(5);
        float[] points = new float[POINTS * DIMENSIONS];
        for (int i = 0; i < points.length; i++) {
            points[i] = (i / DIMENSIONS % clusters) + (float) random.nextGaussian();
        }
        return points;
    }

    private static void with(float[] points, int count, int links, Consumer<IndexBytes> test) {
        IndexIdentity identity = new IndexIdentity("t", 1, List.of("v"), Metric.L2, IndexKind.HNSW);
        try (Workers workers = new Workers(2);
                Arena arena = Arena.ofShared()) {
            GraphBuilder builder =
                    new GraphBuilder(
                            points,
                            IntStream.range(0, count).toArray(),
                            count,
                            DIMENSIONS,
                            links,
                            Kernels.chosen(),
                            workers);
            IndexWriter writer = new IndexWriter(identity);
            builder.reserve(writer);
            MemorySegment memory = arena.allocate(writer.totalBytes(), 64);
            List<Calibration> measured =
                    builder.write(writer, memory, DIMENSIONS, Workers.Watch.NONE);
            writer.finish(
                    memory,
                    new IndexShape(count, count, 0, DIMENSIONS, 0),
                    new IndexTuning(
                            builder.links(), GraphBuilder.CANDIDATES, Storage.FLOAT32, measured));
            test.accept(IndexBytes.open(memory));
        }
    }
}
