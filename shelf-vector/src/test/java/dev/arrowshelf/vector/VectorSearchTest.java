package dev.arrowshelf.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.arrowshelf.testkit.TemporaryShelf;
import dev.arrowshelf.vector.model.BuildRequest;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.RadiusResult;
import dev.arrowshelf.vector.model.RowFilter;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.model.SearchResult;
import dev.arrowshelf.vector.points.Vectors;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class VectorSearchTest {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private VectorSearch search;

    @BeforeEach
    void open() {
        search = VectorSearch.over(temporary.shelf());
    }

    @AfterEach
    void close() {
        search.close();
    }

    @ParameterizedTest
    @CsvSource({
        "1,kd",
        "2,kd",
        "3,kd",
        "5,kd",
        "8,kd",
        "11,kd",
        "1,exact",
        "3,exact",
        "17,exact",
        "128,exact"
    })
    void findsWhatALookAtEveryRowFinds(int dimensions, String index) {
        double[][] points = SampleTables.uniform(3000, dimensions, 5);
        double[][] queries = SampleTables.uniform(150, dimensions, 6);
        SampleTables.putColumns(temporary.shelf(), "t", points, FloatingPointPrecision.SINGLE);

        SearchResult found =
                search.nearest(
                        SearchRequest.of("t").withIndex(IndexKind.parse(index)),
                        vectors(queries),
                        11);

        check(found, new BruteForce(points, Metric.L2), queries);
    }

    @ParameterizedTest
    @ValueSource(strings = {"kd", "exact"})
    void findsFewQueriesAndOne(String index) {
        double[][] points = SampleTables.clustered(5000, 20, 10, 5);
        double[][] near = SampleTables.uniform(3, 20, 9);
        SampleTables.putLists(temporary.shelf(), "t", points, FloatingPointPrecision.SINGLE);
        for (int count = 1; count <= 3; count++) {
            double[][] queries = Arrays.copyOf(near, count);

            SearchResult found =
                    search.nearest(
                            SearchRequest.of("t").withIndex(IndexKind.parse(index)),
                            vectors(queries),
                            7);

            check(found, new BruteForce(points, Metric.L2), queries);
        }
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void measuresAsTheMetricSays(Metric metric) {
        int dimensions = metric == Metric.HAVERSINE ? 2 : 6;
        double[][] points = SampleTables.uniform(2500, dimensions, 7);
        double[][] queries = SampleTables.uniform(40, dimensions, 8);
        scale(points, metric);
        scale(queries, metric);
        SampleTables.putColumns(temporary.shelf(), "t", points, FloatingPointPrecision.DOUBLE);
        for (IndexKind kind : new IndexKind[] {IndexKind.EXACT, IndexKind.KD_TREE}) {
            if (kind == IndexKind.KD_TREE && metric == Metric.INNER_PRODUCT) {
                continue;
            }
            SearchResult found =
                    search.nearest(
                            SearchRequest.of("t").withMetric(metric).withIndex(kind),
                            vectors(queries),
                            9);

            check(found, new BruteForce(points, metric), queries);
        }
    }

    @ParameterizedTest
    @CsvSource({"3,kd", "3,exact", "12,exact"})
    void filtersInsideTheSearch(int dimensions, String index) {
        double[][] points = SampleTables.uniform(4000, dimensions, 3);
        double[][] queries = SampleTables.uniform(50, dimensions, 4);
        SampleTables.putColumns(temporary.shelf(), "t", points, FloatingPointPrecision.SINGLE);
        long[] rows = LongStream.range(0, 4000).filter(row -> row % 13 == 5).toArray();

        SearchResult found =
                search.nearest(
                        SearchRequest.of("t")
                                .withIndex(IndexKind.parse(index))
                                .withFilter(RowFilter.rows(rows)),
                        vectors(queries),
                        10);

        assertThat(Arrays.stream(found.ids())).allMatch(id -> id % 13 == 5);
        BruteForce truth = new BruteForce(points, Metric.L2);
        for (int query = 0; query < queries.length; query++) {
            int[] ranked = truth.ranked(queries[query], row -> row % 13 == 5);
            assertThat(found.id(query, 9)).isEqualTo(ranked[9]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"kd", "exact"})
    void findsEverythingWithinARadius(String index) {
        double[][] points = SampleTables.uniform(4000, 3, 3);
        double[][] queries = SampleTables.uniform(60, 3, 4);
        SampleTables.putColumns(temporary.shelf(), "t", points, FloatingPointPrecision.DOUBLE);

        RadiusResult found =
                search.within(
                        SearchRequest.of("t").withIndex(IndexKind.parse(index)),
                        vectors(queries),
                        0.15);

        BruteForce truth = new BruteForce(points, Metric.L2);
        for (int query = 0; query < queries.length; query++) {
            double[] wanted = queries[query];
            long expected =
                    Arrays.stream(truth.ranked(wanted, row -> true))
                            .filter(row -> truth.distance(wanted, row) <= 0.15)
                            .count();
            assertThat(found.count(query)).isEqualTo((int) expected);
            for (int place = 1; place < found.count(query); place++) {
                assertThat(found.distance(query, place))
                        .isGreaterThanOrEqualTo(found.distance(query, place - 1));
            }
        }
    }

    @Test
    void choosesATreeForFewDimensionsKeepsItAndSaysWhy() {
        SampleTables.putColumns(
                temporary.shelf(),
                "t",
                SampleTables.uniform(5000, 3, 1),
                FloatingPointPrecision.SINGLE);
        Vectors queries = vectors(SampleTables.uniform(5000, 3, 2));

        SearchResult first = search.nearest(SearchRequest.of("t"), queries, 3);

        assertThat(first.facts().index()).isEqualTo(IndexKind.KD_TREE);
        assertThat(first.facts().reason()).isNotEmpty();
        assertThat(search.indexes()).hasSize(1);
        assertThat(temporary.shelf().list()).hasSize(1);
        assertThat(temporary.shelf().internalNames()).hasSize(1);
    }

    @Test
    void listsReachTheWantedRecallAndSayTheirSettings() {
        double[][] points = SampleTables.clustered(20_000, 24, 60, 1);
        double[][] queries = SampleTables.clustered(200, 24, 60, 1);
        SampleTables.putLists(temporary.shelf(), "t", points, FloatingPointPrecision.SINGLE);
        SearchRequest request = SearchRequest.of("t").withRecall(0.95);

        SearchResult exact =
                search.nearest(request.withIndex(IndexKind.EXACT), vectors(queries), 10);
        SearchResult found = search.nearest(request.withIndex(IndexKind.IVF), vectors(queries), 10);
        SearchResult one =
                search.nearest(
                        request.withIndex(IndexKind.IVF), vectors(Arrays.copyOf(queries, 1)), 10);

        long met = 0;
        for (int query = 0; query < queries.length; query++) {
            for (int place = 0; place < 10; place++) {
                met += found.distance(query, place) <= exact.distance(query, 9) * 1.0001f ? 1 : 0;
            }
        }
        assertThat(met).isGreaterThan(1800);
        assertThat(one.id(0, 0)).isEqualTo(found.id(0, 0));
        assertThat(found.facts().reason()).contains("probes=");
        assertThat(search.indexes().getFirst().kind()).isEqualTo(IndexKind.IVF);
        assertThat(search.evaluate(BuildRequest.of("t").withKind(IndexKind.IVF), 100, 10))
                .hasSizeGreaterThan(2)
                .allSatisfy(each -> assertThat(each.recall()).isBetween(0.3, 1.0));
    }

    @ParameterizedTest
    @CsvSource({
        "10000, 2, 10, 5000",
        "10000, 1, 10, 5000",
        "20000, 2, 10, 5000",
        "1, 8, 10, 1",
        "0, 2, 10, 1",
        "3000, 2, 1000, 750",
        "9, 2, 2000000000, 1"
    })
    void listsAreSearchedForBlocksThatGiveAllThreadsTheSame(
            int queries, int threads, int places, int block) {
        assertThat(ListRun.block(queries, threads, places)).isEqualTo(block);
    }

    private static void scale(double[][] rows, Metric metric) {
        for (double[] row : rows) {
            for (int e = 0; e < row.length; e++) {
                row[e] =
                        metric == Metric.HAVERSINE
                                ? (e == 0 ? row[e] * 170 - 85 : row[e] * 360 - 180)
                                : row[e] - 0.4;
            }
        }
    }

    static Vectors vectors(double[][] rows) {
        int dimensions = rows[0].length;
        double[] values = new double[rows.length * dimensions];
        for (int row = 0; row < rows.length; row++) {
            System.arraycopy(rows[row], 0, values, row * dimensions, dimensions);
        }
        return Vectors.of(values, dimensions);
    }

    /// Compares distances place by place, so that equal ones may stand in any order.
    static void check(SearchResult found, BruteForce truth, double[][] queries) {
        for (int query = 0; query < queries.length; query++) {
            int[] ranked = truth.ranked(queries[query], row -> true);
            for (int place = 0; place < found.k(); place++) {
                if (place >= ranked.length) {
                    assertThat(found.id(query, place)).isEqualTo(-1);
                    assertThat(found.distance(query, place)).isEqualTo(Float.POSITIVE_INFINITY);
                    continue;
                }
                double expected = truth.distance(queries[query], ranked[place]);
                double slack = 1e-5 * Math.max(1e-2, Math.abs(expected));
                assertThat((double) found.distance(query, place))
                        .as("query %d, place %d", query, place)
                        .isCloseTo(expected, within(slack));
                assertThat(truth.distance(queries[query], (int) found.id(query, place)))
                        .isCloseTo(expected, within(slack));
            }
        }
    }
}
