package dev.arrowshelf.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.testkit.TemporaryShelf;
import dev.arrowshelf.vector.index.BuildProgress;
import dev.arrowshelf.vector.model.BuildRequest;
import dev.arrowshelf.vector.model.Evaluation;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.RowFilter;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.model.SearchResult;
import dev.arrowshelf.vector.points.Vectors;
import java.util.Arrays;
import java.util.List;
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

/// Lists and graphs against exact search of the same queries.
final class ApproximateSearchTest {
    private static final int ROWS = 12_000;
    private static final int DIMENSIONS = 24;

    private final double[][] points = SampleTables.clustered(ROWS, DIMENSIONS, 60, 1);
    private final double[][] queries = SampleTables.clustered(150, DIMENSIONS, 60, 1);

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
    @CsvSource({"ivf,10", "ivf,100", "hnsw,10", "hnsw,1", "hnsw,100"})
    void reachTheWantedRecall(String index, int k) {
        put();
        SearchRequest request = SearchRequest.of("t").withRecall(0.95);

        SearchResult exact = search.nearest(request.withIndex(IndexKind.EXACT), vectors(), k);
        SearchResult found =
                search.nearest(request.withIndex(IndexKind.parse(index)), vectors(), k);

        assertThat(recall(found, exact)).isGreaterThan(0.94);
        assertThat(found.facts().index()).isEqualTo(IndexKind.parse(index));
        assertThat(found.facts().searchedRows()).isEqualTo(ROWS);
        for (int query = 0; query < queries.length; query++) {
            for (int place = 1; place < k; place++) {
                assertThat(found.distance(query, place))
                        .isGreaterThanOrEqualTo(found.distance(query, place - 1));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"ivf,2", "ivf,40", "hnsw,2", "hnsw,40", "hnsw,4000"})
    void filterInsideTheSearch(String index, int share) {
        put();
        long[] rows = LongStream.range(0, ROWS).filter(row -> row % share == 1).toArray();
        SearchRequest request =
                SearchRequest.of("t").withRecall(0.95).withFilter(RowFilter.rows(rows));

        SearchResult exact = search.nearest(request.withIndex(IndexKind.EXACT), vectors(), 10);
        SearchResult found =
                search.nearest(request.withIndex(IndexKind.parse(index)), vectors(), 10);

        assertThat(Arrays.stream(found.ids())).allMatch(id -> id == -1 || id % share == 1);
        assertThat(recall(found, exact)).isGreaterThan(0.94);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ivf", "hnsw"})
    void toldSettingsAreMeasuredAndGrow(String index) {
        put();

        List<Evaluation> measured =
                search.evaluate(BuildRequest.of("t").withKind(IndexKind.parse(index)), 100, 10);

        assertThat(measured)
                .hasSizeGreaterThan(1)
                .allSatisfy(each -> assertThat(each.recall()).isBetween(0.3, 1.0));
        assertThat(measured.getLast().recall()).isGreaterThan(0.99);
    }

    @Test
    void aGraphThatIsThereIsTakenForTheRecallItReaches() {
        put();
        search.build(
                BuildRequest.of("t").withKind(IndexKind.HNSW).withLists(12), new BuildProgress());

        SearchResult found = search.nearest(SearchRequest.of("t").withRecall(0.9), vectors(), 10);
        SearchResult exact = search.nearest(SearchRequest.of("t"), vectors(), 10);

        assertThat(found.facts().index()).isEqualTo(IndexKind.HNSW);
        assertThat(found.facts().reason()).contains("candidates=");
        assertThat(exact.facts().index()).isEqualTo(IndexKind.EXACT);
        assertThat(search.indexes().getFirst().settings()).contains("links=12");
    }

    @ParameterizedTest
    @EnumSource(
            value = Metric.class,
            names = {"COSINE", "HAVERSINE"})
    void graphsKnowTheMetrics(Metric metric) {
        int dimensions = metric == Metric.HAVERSINE ? 2 : DIMENSIONS;
        double[][] some = SampleTables.uniform(5000, dimensions, 3);
        double[][] asked = SampleTables.uniform(60, dimensions, 4);
        SampleTables.putColumns(temporary.shelf(), "t", some, FloatingPointPrecision.DOUBLE);
        SearchRequest request = SearchRequest.of("t").withMetric(metric).withRecall(0.99);
        Vectors wanted = Vectors.of(flat(asked), dimensions);

        SearchResult exact = search.nearest(request.withIndex(IndexKind.EXACT), wanted, 10);
        SearchResult found = search.nearest(request.withIndex(IndexKind.HNSW), wanted, 10);

        assertThat(recall(found, exact)).isGreaterThan(0.97);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ivf", "hnsw"})
    void findTheGreatestInnerProducts(String index) {
        double[][] some = SampleTables.uniform(6000, DIMENSIONS, 3);
        for (double[] row : some) {
            double scale = 0.5 + row[0];
            for (int e = 0; e < DIMENSIONS; e++) {
                row[e] = (row[e] - 0.5) * scale;
            }
        }
        SampleTables.putLists(temporary.shelf(), "t", some, FloatingPointPrecision.SINGLE);
        SearchRequest request =
                SearchRequest.of("t").withMetric(Metric.INNER_PRODUCT).withRecall(0.95);

        SearchResult exact = search.nearest(request.withIndex(IndexKind.EXACT), vectors(), 10);
        SearchResult found =
                search.nearest(request.withIndex(IndexKind.parse(index)), vectors(), 10);

        assertThat(found.facts().index()).isEqualTo(IndexKind.parse(index));
        long met = 0;
        for (int query = 0; query < queries.length; query++) {
            assertThat(found.distance(query, 0)).isNegative();
            for (int place = 0; place < 10; place++) {
                float farthest = exact.distance(query, 9);
                met += found.distance(query, place) <= farthest + 1e-5f ? 1 : 0;
            }
        }
        assertThat(met).isGreaterThan(queries.length * 93 / 10);
    }

    @Test
    void rowsThatAreNoVectorsAreInNoGraph() {
        points[7] = SampleTables.MISSING;
        points[8][3] = Double.NaN;
        put();

        SearchResult found =
                search.nearest(SearchRequest.of("t").withIndex(IndexKind.HNSW), vectors(), 10);

        assertThat(found.facts().skippedRows()).isEqualTo(2);
        assertThat(Arrays.stream(found.ids())).doesNotContain(7L, 8L, -1L);
    }

    private void put() {
        SampleTables.putLists(temporary.shelf(), "t", points, FloatingPointPrecision.SINGLE);
    }

    private Vectors vectors() {
        return Vectors.of(flat(queries), DIMENSIONS);
    }

    private static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }

    private static double recall(SearchResult found, SearchResult exact) {
        long met = 0;
        long wanted = 0;
        for (int query = 0; query < exact.queries(); query++) {
            int there = 0;
            while (there < exact.k() && exact.id(query, there) >= 0) {
                there++;
            }
            for (int place = 0; place < there; place++) {
                wanted++;
                met +=
                        found.distance(query, place) <= exact.distance(query, there - 1) * 1.0001f
                                ? 1
                                : 0;
            }
        }
        return (double) met / wanted;
    }
}
