package dev.arrowshelf.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.testkit.TemporaryShelf;
import dev.arrowshelf.vector.index.BuildProgress;
import dev.arrowshelf.vector.model.BuildRequest;
import dev.arrowshelf.vector.model.IndexInfo;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.model.SearchResult;
import dev.arrowshelf.vector.model.Storage;
import dev.arrowshelf.vector.points.Vectors;
import java.util.Arrays;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Lists whose coordinates are rounded, against a look at every row.
final class QuantisedListsTest {
    private static final int ROWS = 20_000;
    private static final int DIMENSIONS = 24;

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private Shelf shelf;
    private VectorSearch search;

    @BeforeEach
    void open() {
        shelf = temporary.shelf();
        search = VectorSearch.over(shelf);
    }

    @AfterEach
    void close() {
        search.close();
    }

    @ParameterizedTest
    @CsvSource({
        "float16, l2",
        "int8, l2",
        "float16, ip",
        "int8, ip",
        "float16, cosine",
        "int8, cosine"
    })
    void reachTheirRecallWithRightDistances(String storage, String metric) {
        double[][] points = SampleTables.clustered(ROWS, DIMENSIONS, 60, 3);
        put(points);
        Vectors queries = VectorSearchTest.vectors(Arrays.copyOf(points, 400));
        SearchRequest request = SearchRequest.of("t").withMetric(Metric.parse(metric));
        SearchResult truth = search.nearest(request.withIndex(IndexKind.EXACT), queries, 10);
        search.build(lists(storage).withMetric(Metric.parse(metric)), new BuildProgress());

        SearchResult all = search.nearest(byLists(request, 1), queries, 10);
        SearchResult most = search.nearest(byLists(request, 0.9), queries, 10);

        assertThat(recall(all, truth)).isGreaterThan(0.995);
        assertThat(recall(most, truth)).isGreaterThan(0.88);
        for (int query = 0; query < truth.queries(); query++) {
            for (int place = 0; place < 10; place++) {
                if (all.id(query, place) == truth.id(query, place)) {
                    assertThat(all.distance(query, place))
                            .isCloseTo(
                                    truth.distance(query, place),
                                    org.assertj.core.data.Offset.offset(1e-4f));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "INT8"})
    void takeLessRoomAndSaySo(Storage storage) {
        put(SampleTables.clustered(ROWS, DIMENSIONS, 60, 3));
        IndexInfo whole = search.build(lists("float32"), new BuildProgress());

        IndexInfo less = search.build(lists(storage.text()), new BuildProgress());

        double coordinates = (double) ROWS * DIMENSIONS * Float.BYTES;
        assertThat(whole.size().bytes() - less.size().bytes())
                .isGreaterThan((long) (coordinates * (storage == Storage.INT8 ? 0.6 : 0.4)));
        assertThat(less.settings()).endsWith("storage=" + storage.text());
        assertThat(search.indexes()).containsExactly(less);
        assertThat(search.build(lists("auto"), new BuildProgress())).isEqualTo(less);
        assertThat(search.build(lists("float32"), new BuildProgress()).settings())
                .doesNotContain("storage");
    }

    @ParameterizedTest
    @ValueSource(strings = {"float16", "int8"})
    void serveOneQueryAsTheyServeMany(String storage) {
        double[][] points = SampleTables.clustered(ROWS, DIMENSIONS, 60, 5);
        put(points);
        search.build(lists(storage), new BuildProgress());
        SearchRequest request = byLists(SearchRequest.of("t"), 0.95);
        double[][] asked = Arrays.copyOf(points, 40);
        SearchResult together = search.nearest(request, VectorSearchTest.vectors(asked), 5);

        for (int query = 0; query < asked.length; query++) {
            SearchResult alone =
                    search.nearest(
                            request, VectorSearchTest.vectors(new double[][] {asked[query]}), 5);
            for (int place = 0; place < 5; place++) {
                assertThat(alone.id(0, place)).isEqualTo(together.id(query, place));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"float16", "int8"})
    void survivePointsThatAreEqualFarAwayOrFew(String storage) {
        double[][] points = SampleTables.uniform(300, DIMENSIONS, 1);
        for (int row = 0; row < 100; row++) {
            Arrays.fill(points[row], 7);
            Arrays.fill(points[100 + row], row % 2 == 0 ? 0x1p40 : -0x1p40);
        }
        put(points);
        search.build(lists(storage), new BuildProgress());

        SearchResult found =
                search.nearest(
                        byLists(SearchRequest.of("t"), 1), VectorSearchTest.vectors(points), 1);

        for (int row = 0; row < points.length; row++) {
            assertThat(found.distance(row, 0)).isZero();
        }
    }

    @Test
    void refuseOtherKinds() {
        put(SampleTables.uniform(100, 3, 1));

        assertThatThrownBy(() ->
                        BuildRequest.of("t").withKind(IndexKind.HNSW).withStorage(Storage.INT8))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        thrown -> assertThat(thrown.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
        assertThat(
                        search.build(
                                        BuildRequest.of("t").withStorage(Storage.INT8),
                                        new BuildProgress())
                                .kind())
                .isEqualTo(IndexKind.IVF);
    }

    private void put(double[][] points) {
        SampleTables.putLists(shelf, "t", points, FloatingPointPrecision.SINGLE);
    }

    private static BuildRequest lists(String storage) {
        return BuildRequest.of("t").withKind(IndexKind.IVF).withStorage(Storage.parse(storage));
    }

    private static SearchRequest byLists(SearchRequest request, double recall) {
        return request.withIndex(IndexKind.IVF).withRecall(recall);
    }

    private static double recall(SearchResult found, SearchResult truth) {
        return Breadth.recall(found, truth);
    }
}
