package dev.arrowshelf.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.testkit.TemporaryShelf;
import dev.arrowshelf.vector.index.BuildProgress;
import dev.arrowshelf.vector.model.BuildRequest;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.RowFilter;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.model.SearchResult;
import dev.arrowshelf.vector.points.Vectors;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

final class EvilInputTest {
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

    @Test
    void refusesKBelowOneAndARecallThatIsNone() {
        put(SampleTables.uniform(10, 3, 1));

        refused(ErrorCode.INVALID_ARGUMENT, () -> search.nearest(SearchRequest.of("t"), one(3), 0));
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () -> search.nearest(SearchRequest.of("t"), one(3), -1));
        refused(ErrorCode.INVALID_ARGUMENT, () -> SearchRequest.of("t").withRecall(1.5));
        refused(ErrorCode.INVALID_ARGUMENT, () -> SearchRequest.of("t").withRecall(Double.NaN));
    }

    @ParameterizedTest
    @ValueSource(strings = {"kd", "exact", "ivf", "hnsw"})
    void fillsPlacesBeyondTheRowsWithNothing(String index) {
        double[][] points = SampleTables.uniform(5, 3, 1);
        put(points);
        double[][] queries = SampleTables.uniform(4, 3, 2);

        SearchResult found =
                search.nearest(
                        SearchRequest.of("t").withIndex(IndexKind.parse(index)),
                        VectorSearchTest.vectors(queries),
                        9);

        VectorSearchTest.check(found, new BruteForce(points, Metric.L2), queries);
    }

    @Test
    void refusesAnAnswerThatDoesNotFit() {
        put(SampleTables.uniform(10, 3, 1));

        refused(
                ErrorCode.OUT_OF_MEMORY,
                () -> search.nearest(SearchRequest.of("t"), one(3), Integer.MAX_VALUE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"kd", "exact", "ivf", "hnsw", "auto"})
    void answersOfAnEmptyTableAreEmpty(String index) {
        put(new double[0][]);

        SearchResult found =
                search.nearest(SearchRequest.of("t").withIndex(IndexKind.parse(index)), one(3), 2);

        assertThat(found.ids()).containsExactly(-1, -1);
        assertThat(found.distances())
                .containsExactly(Float.POSITIVE_INFINITY, Float.POSITIVE_INFINITY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"kd", "exact", "ivf", "hnsw", "auto"})
    void findsTheOnlyRow(String index) {
        put(new double[][] {{1, 2, 3}});

        SearchResult found =
                search.nearest(SearchRequest.of("t").withIndex(IndexKind.parse(index)), one(3), 2);

        assertThat(found.ids()).containsExactly(0, -1);
        assertThat(found.distance(0, 0)).isEqualTo((float) Math.sqrt(14));
    }

    @ParameterizedTest
    @ValueSource(strings = {"kd", "exact", "ivf", "hnsw"})
    void equalPointsAreAllFound(String index) {
        double[][] points = new double[3000][];
        Arrays.fill(points, new double[] {0.5, 0.5, 0.5});
        put(points);

        SearchResult found =
                search.nearest(
                        SearchRequest.of("t").withIndex(IndexKind.parse(index)), one(3), 100);

        assertThat(Arrays.stream(found.ids()).distinct().count()).isEqualTo(100);
        assertThat(found.distance(0, 99)).isEqualTo(found.distance(0, 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"kd", "exact"})
    void skipsAndCountsRowsThatAreNoVectors(String index) {
        double[][] points = SampleTables.uniform(3000, 3, 1);
        points[7] = SampleTables.MISSING;
        points[100] = new double[] {0.1, Double.NaN, 0.2};
        points[2000] = new double[] {0.1, Double.POSITIVE_INFINITY, 0.2};
        points[2001] = new double[] {0.1, -3e30, 0.2};
        put(points);
        double[][] queries = SampleTables.uniform(200, 3, 2);

        SearchResult found =
                search.nearest(
                        SearchRequest.of("t").withIndex(IndexKind.parse(index)),
                        VectorSearchTest.vectors(queries),
                        8);

        assertThat(found.facts().skippedRows()).isEqualTo(4);
        assertThat(found.facts().searchedRows()).isEqualTo(2996);
        points[2001] = SampleTables.MISSING;
        VectorSearchTest.check(found, new BruteForce(points, Metric.L2), queries);
    }

    @ParameterizedTest
    @ValueSource(strings = {"kd", "exact", "ivf", "hnsw"})
    void leavesQueriesThatAreNoVectorsUnanswered(String index) {
        put(SampleTables.uniform(3000, 3, 1));
        double[] values = {0.5, 0.5, 0.5, 0.5, Double.NaN, 0.5, 0.1, 0.1, 0.1};

        SearchResult found =
                search.nearest(
                        SearchRequest.of("t").withIndex(IndexKind.parse(index)),
                        Vectors.of(values, 3),
                        2);

        assertThat(found.id(1, 0)).isEqualTo(-1);
        assertThat(found.distance(1, 1)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(found.id(0, 0)).isNotNegative();
        assertThat(found.id(2, 1)).isNotNegative();
        assertThat(found.facts().skippedQueries()).isEqualTo(1);
    }

    @Test
    void noQueriesGetNoAnswers() {
        put(SampleTables.uniform(3000, 3, 1));

        SearchResult found = search.nearest(SearchRequest.of("t"), Vectors.of(new float[0], 3), 5);

        assertThat(found.queries()).isZero();
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "HAVERSINE")
    void searchesManyDimensions(Metric metric) {
        double[][] points = SampleTables.uniform(100, 4096, 1);
        double[][] queries = SampleTables.uniform(30, 4096, 2);
        SampleTables.putLists(shelf, "t", points, FloatingPointPrecision.SINGLE);

        SearchResult found =
                search.nearest(
                        SearchRequest.of("t").withMetric(metric),
                        VectorSearchTest.vectors(queries),
                        5);

        VectorSearchTest.check(found, new BruteForce(points, metric), queries);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ivf", "hnsw"})
    void approximateIndexesServeOneAndManyDimensions(String index) {
        for (int dimensions : new int[] {1, 4096}) {
            double[][] points = SampleTables.uniform(200, dimensions, 1);
            SampleTables.putLists(shelf, "d" + dimensions, points, FloatingPointPrecision.SINGLE);
            SearchRequest request = SearchRequest.of("d" + dimensions).withRecall(1);

            SearchResult found =
                    search.nearest(
                            request.withIndex(IndexKind.parse(index)),
                            VectorSearchTest.vectors(points),
                            1);

            for (int row = 0; row < points.length; row++) {
                assertThat(found.id(row, 0)).isEqualTo(row);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"kd", "ivf", "hnsw"})
    void aTableReplacedWhileItsIndexIsBuiltGetsNoMixedAnswer(String index)
            throws InterruptedException {
        double[][] queries = SampleTables.uniform(20, 3, 7);
        double[][][] versions = new double[5][][];
        for (int version = 0; version < versions.length; version++) {
            versions[version] = SampleTables.uniform(4000, 3, 50 + version);
        }
        put(versions[0]);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread searching =
                Thread.ofPlatform()
                        .uncaughtExceptionHandler((_, thrown) -> failure.set(thrown))
                        .start(() -> searchUntilLast(index, queries, versions));
        for (double[][] version : versions) {
            put(version);
        }
        searching.join();

        assertThat(failure.get()).isNull();
    }

    /// Each answer must be the answer of one version as a whole.
    private void searchUntilLast(String index, double[][] queries, double[][][] versions) {
        SearchRequest request =
                SearchRequest.of("t").withIndex(IndexKind.parse(index)).withRecall(1);
        while (true) {
            SearchResult found = search.nearest(request, VectorSearchTest.vectors(queries), 1);
            boolean[] fits = new boolean[versions.length];
            for (int version = 0; version < versions.length; version++) {
                fits[version] = true;
                for (int query = 0; query < queries.length; query++) {
                    double[] near = versions[version][(int) found.id(query, 0)];
                    double sum = 0;
                    for (int e = 0; e < 3; e++) {
                        sum += Math.pow(near[e] - queries[query][e], 2);
                    }
                    fits[version] &= Math.abs(Math.sqrt(sum) - found.distance(query, 0)) < 1e-5;
                }
            }
            assertThat(fits).contains(true);
            if (fits[versions.length - 1]) {
                return;
            }
        }
    }

    @Test
    void readsHalvesDoublesAndListsOfOwnLength() {
        double[][] points = SampleTables.uniform(300, 5, 1);
        for (double[] point : points) {
            for (int e = 0; e < point.length; e++) {
                point[e] = Float.float16ToFloat(Float.floatToFloat16((float) point[e]));
            }
        }
        double[][] queries = SampleTables.uniform(30, 5, 2);
        points[3] = SampleTables.MISSING;
        SampleTables.putLists(shelf, "half", points, FloatingPointPrecision.HALF);
        SampleTables.putLists(shelf, "double", points, FloatingPointPrecision.DOUBLE);
        SampleTables.putVariableLists(shelf, "lists", points);
        for (String name : List.of("half", "double", "lists")) {
            SearchResult found =
                    search.nearest(SearchRequest.of(name), VectorSearchTest.vectors(queries), 5);

            VectorSearchTest.check(found, new BruteForce(points, Metric.L2), queries);
            assertThat(found.facts().skippedRows()).as(name).isEqualTo(1);
        }
    }

    @Test
    void refusesListsOfDifferentLengths() {
        SampleTables.putVariableLists(shelf, "t", new double[][] {{1, 2}, {1, 2, 3}});

        refused(ErrorCode.INVALID_ARGUMENT, () -> search.nearest(SearchRequest.of("t"), one(2), 1));
    }

    @Test
    void refusesWhatDoesNotFitTheTable() {
        put(SampleTables.uniform(10, 3, 1));
        putText();

        refused(ErrorCode.NOT_FOUND, () -> search.nearest(SearchRequest.of("none"), one(3), 1));
        refused(ErrorCode.INVALID_ARGUMENT, () -> search.nearest(SearchRequest.of("t"), one(2), 1));
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () -> search.nearest(SearchRequest.of("t", "c0", "zz"), one(2), 1));
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () -> search.nearest(SearchRequest.of("text"), one(1), 1));
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () -> search.nearest(SearchRequest.of("text", "text"), one(1), 1));
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () ->
                        search.nearest(
                                SearchRequest.of("t").withMetric(Metric.HAVERSINE), one(3), 1));
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () ->
                        search.nearest(
                                SearchRequest.of("t").withFilter(RowFilter.column("c0")),
                                one(3),
                                1));
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () -> search.within(SearchRequest.of("t"), one(3), Double.NaN));
    }

    @Test
    void aReplacedTableIsSearchedAnewAndItsIndexDropped() {
        put(SampleTables.uniform(3000, 3, 1));
        SearchRequest byTree = SearchRequest.of("t").withIndex(IndexKind.KD_TREE);
        search.nearest(byTree, one(3), 1);
        double[][] later = SampleTables.uniform(3000, 3, 99);
        put(later);
        double[][] queries = SampleTables.uniform(20, 3, 2);

        SearchResult found = search.nearest(byTree, VectorSearchTest.vectors(queries), 5);

        VectorSearchTest.check(found, new BruteForce(later, Metric.L2), queries);
        assertThat(shelf.internalNames()).hasSize(2);
        search.dropStale();
        assertThat(shelf.internalNames()).hasSize(1);
        shelf.delete("t");
        search.dropStale();
        assertThat(shelf.internalNames()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"kd", "ivf", "hnsw"})
    void aCancelledBuildLeavesNothing(String index) {
        put(SampleTables.uniform(30_000, 3, 1));
        BuildProgress progress = new BuildProgress();
        progress.cancel();

        refused(
                ErrorCode.CANCELLED,
                () ->
                        search.build(
                                BuildRequest.of("t").withKind(IndexKind.parse(index)), progress));

        assertThat(shelf.internalNames()).isEmpty();
        assertThat(search.build(BuildRequest.of("t"), new BuildProgress()).size().points())
                .isEqualTo(30_000);
    }

    @Test
    void manyThreadsThatNeedAnIndexBuildItOnce() throws InterruptedException {
        double[][] points = SampleTables.uniform(20_000, 3, 1);
        put(points);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> threads =
                java.util.stream.IntStream.range(0, 6)
                        .mapToObj(number ->
                                Thread.ofPlatform()
                                        .uncaughtExceptionHandler(
                                                (_, thrown) -> failure.set(thrown))
                                        .start(() -> searchOnce(points, number)))
                        .toList();
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(failure.get()).isNull();
        assertThat(shelf.internalNames()).hasSize(1);
    }

    private void searchOnce(double[][] points, int number) {
        double[][] queries = SampleTables.uniform(20, 3, number);
        SearchResult found =
                search.nearest(
                        SearchRequest.of("t").withIndex(IndexKind.KD_TREE),
                        VectorSearchTest.vectors(queries),
                        5);
        VectorSearchTest.check(found, new BruteForce(points, Metric.L2), queries);
    }

    @Test
    void anotherSearchMapsTheIndexThatIsThere() {
        put(SampleTables.uniform(5000, 3, 1));
        search.build(BuildRequest.of("t"), new BuildProgress());
        String name = shelf.internalNames().getFirst();
        long generation = generation(name);

        try (VectorSearch other = VectorSearch.over(shelf)) {
            SearchResult found = other.nearest(SearchRequest.of("t"), one(3), 1);

            assertThat(found.facts().index()).isEqualTo(IndexKind.KD_TREE);
            assertThat(generation(name)).isEqualTo(generation);
        }
    }

    @Test
    void endsWithItsShelf() {
        put(SampleTables.uniform(10, 3, 1));
        search.close();

        refused(ErrorCode.CLOSED, () -> search.nearest(SearchRequest.of("t"), one(3), 1));
    }

    private long generation(String name) {
        try (ShelfTable table = shelf.get(name)) {
            return table.generation();
        }
    }

    private void put(double[][] points) {
        SampleTables.putColumns(shelf, "t", points, FloatingPointPrecision.SINGLE);
    }

    private void putText() {
        Schema schema = new Schema(List.of(Field.nullable("text", ArrowType.Utf8.INSTANCE)));
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator)) {
            ((VarCharVector) root.getVector(0)).setSafe(0, new byte[] {'a'});
            root.setRowCount(1);
            shelf.put("text", root);
        }
    }

    private static Vectors one(int dimensions) {
        return Vectors.of(new float[dimensions], dimensions);
    }

    private static void refused(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ShelfException.class, thrown -> assertThat(thrown.code()).isEqualTo(code));
    }
}
