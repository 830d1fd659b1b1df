package dev.arrowshelf.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.testkit.TemporaryShelf;
import dev.arrowshelf.vector.index.BuildProgress;
import dev.arrowshelf.vector.index.IndexBuild;
import dev.arrowshelf.vector.model.BuildRequest;
import dev.arrowshelf.vector.model.BuildState;
import dev.arrowshelf.vector.model.BuildState.Stage;
import dev.arrowshelf.vector.model.IndexInfo;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.points.Vectors;
import java.time.Duration;
import java.util.Objects;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class BackgroundBuildTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int MANY = 60_000;

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
    @EnumSource(names = {"KD_TREE", "IVF", "HNSW"})
    void buildsWhileTheCallerGoesOn(IndexKind kind) {
        put("t", 5_000);

        IndexBuild build = search.start(BuildRequest.of("t").withKind(kind));
        assertThat(build.await(LONG)).isTrue();

        BuildState state = build.state();
        assertThat(state.stage()).isEqualTo(Stage.DONE);
        assertThat(state.progress().share()).isEqualTo(1);
        assertThat(state.request().columns()).hasSize(16);
        assertThat(search.indexes())
                .singleElement()
                .satisfies(index -> assertThat(index.kind()).isEqualTo(kind));
        assertThat(search.build(build.id())).isSameAs(build);
        assertThat(search.builds()).containsExactly(build);
        assertThat(search.isBuilding()).isFalse();
    }

    @Test
    void tellsHowFarItIsAndEndsWhenItIsCancelled() {
        put("t", MANY);
        IndexBuild build = search.start(BuildRequest.of("t").withKind(IndexKind.HNSW));
        untilItLinks(build);
        assertThat(build.state().isOver()).isFalse();
        assertThat(search.isBuilding()).isTrue();

        assertThat(build.cancel()).isTrue();
        assertThat(build.await(LONG)).isTrue();

        assertThat(failure(build).code()).isEqualTo(ErrorCode.CANCELLED);
        assertThat(build.cancel()).isFalse();
        assertThat(shelf.internalNames()).isEmpty();
        assertThat(shelf.status().memory().writing()).isZero();
    }

    @Test
    void aBuildThatWaitsForItsTurnIsCancelledAtOnce() {
        put("t", MANY);
        put("other", 1_000);
        IndexBuild first = search.start(BuildRequest.of("t").withKind(IndexKind.HNSW));
        untilItLinks(first);
        IndexBuild second = search.start(BuildRequest.of("other").withKind(IndexKind.IVF));
        assertThat(second.state().stage()).isEqualTo(Stage.WAITING);

        second.cancel();

        assertThat(second.state().stage()).isEqualTo(Stage.FAILED);
        assertThat(first.state().stage()).isEqualTo(Stage.RUNNING);
        first.cancel();
        assertThat(first.await(LONG)).isTrue();
        IndexBuild again = search.start(BuildRequest.of("other").withKind(IndexKind.IVF));
        assertThat(again.await(LONG)).isTrue();
        assertThat(again.state().stage()).isEqualTo(Stage.DONE);
    }

    @Test
    void aSearchThatNeedsTheIndexWaitsForTheBuildAndSharesItsEnd() throws InterruptedException {
        put("t", MANY);
        IndexBuild build = search.start(BuildRequest.of("t").withKind(IndexKind.HNSW));
        untilItLinks(build);
        Throwable[] thrown = new Throwable[1];
        Thread searching =
                Thread.ofPlatform()
                        .uncaughtExceptionHandler((_, failure) -> thrown[0] = failure)
                        .start(() -> search.nearest(byGraph(), one(), 3));

        untilItWaits(searching);
        build.cancel();
        searching.join(LONG);

        assertThat(thrown[0])
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.CANCELLED));
        assertThat(search.builds()).containsExactly(build);
    }

    @Test
    void theSameIndexIsBuiltOnceAndOneThatIsThereNotAtAll() {
        put("t", 20_000);
        IndexBuild first = search.start(BuildRequest.of("t").withKind(IndexKind.HNSW));
        IndexBuild second = search.start(BuildRequest.of("t").withKind(IndexKind.HNSW));
        assertThat(second).isSameAs(first);
        assertThat(first.await(LONG)).isTrue();

        IndexBuild third = search.start(BuildRequest.of("t").withKind(IndexKind.HNSW));

        assertThat(third).isNotSameAs(first);
        assertThat(third.state().stage()).isEqualTo(Stage.DONE);
    }

    @Test
    void aBuildOfOtherSettingsWaitsForTheOneThatRunsAndReplacesIt() {
        put("t", 20_000);
        IndexBuild first = search.start(byLists(10));
        IndexBuild second = search.start(byLists(40));
        IndexBuild again = search.start(byLists(40));

        assertThat(second).isNotSameAs(first);
        assertThat(again).isSameAs(second);
        assertThat(second.await(LONG)).isTrue();
        assertThat(first.state().stage()).isEqualTo(Stage.DONE);
        assertThat(second.state().stage()).isEqualTo(Stage.DONE);
        assertThat(search.indexes())
                .singleElement()
                .satisfies(index -> assertThat(index.settings()).startsWith("lists=40"));
        assertThat(search.builds()).containsExactly(first, second);
    }

    @Test
    void aWaitingBuildOfOtherSettingsIsNotEndedWithTheOneThatRuns() {
        put("t", MANY);
        IndexBuild first = search.start(BuildRequest.of("t").withKind(IndexKind.HNSW));
        untilItLinks(first);
        BuildRequest thin = BuildRequest.of("t").withKind(IndexKind.HNSW).withLists(2);
        IndexBuild second = search.start(thin);
        assertThat(second.state().stage()).isEqualTo(Stage.WAITING);

        first.cancel();

        assertThat(second.await(LONG)).isTrue();
        assertThat(second.state().stage()).isEqualTo(Stage.DONE);
        assertThat(search.indexes())
                .singleElement()
                .satisfies(index -> assertThat(index.settings()).startsWith("links=2"));
    }

    @Test
    void aBuildInTheCallersThreadWaitsForOneOfOtherSettings() {
        put("t", 20_000);
        IndexBuild first = search.start(byLists(10));

        IndexInfo built = search.build(byLists(40), new BuildProgress());

        assertThat(first.state().stage()).isEqualTo(Stage.DONE);
        assertThat(built.settings()).startsWith("lists=40");
    }

    @Test
    void aBuildWhoseTableIsReplacedEnds() {
        put("t", MANY);
        IndexBuild build = search.start(BuildRequest.of("t").withKind(IndexKind.HNSW));
        untilItLinks(build);

        put("t", 100);
        search.dropStale();
        assertThat(build.await(LONG)).isTrue();

        assertThat(failure(build)).hasMessageContaining("replaced");
        assertThat(shelf.internalNames()).isEmpty();
    }

    @Test
    void anIndexThatDoesNotFitOnTheShelfIsAnErrorAndLeavesNothing() {
        search.close();
        temporary.close();
        shelf =
                temporary.shelf(
                        temporary
                                .options()
                                .withMemoryLimit(ByteSize.parse("24MiB"))
                                .withWarmPool(new ByteSize(0)));
        search = VectorSearch.over(shelf);
        put("t", 200_000);

        IndexBuild build = search.start(BuildRequest.of("t").withKind(IndexKind.IVF));
        assertThat(build.await(LONG)).isTrue();

        assertThat(failure(build).code()).isEqualTo(ErrorCode.OUT_OF_MEMORY);
        SearchRequest byLists = SearchRequest.of("t").withIndex(IndexKind.IVF);
        refused(ErrorCode.OUT_OF_MEMORY, () -> search.nearest(byLists, one(), 1));
        assertThat(shelf.internalNames()).isEmpty();
        assertThat(shelf.status().memory().writing()).isZero();
    }

    @Test
    void refusesAtOnceWhatCannotBeBuilt() {
        put("t", 100);

        refused(ErrorCode.NOT_FOUND, () -> search.start(BuildRequest.of("none")));
        refused(ErrorCode.INVALID_ARGUMENT, () -> search.start(BuildRequest.of("t", "none")));
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () ->
                        search.start(
                                BuildRequest.of("t")
                                        .withKind(IndexKind.KD_TREE)
                                        .withMetric(Metric.INNER_PRODUCT)));
        refused(ErrorCode.NOT_FOUND, () -> search.build(1));
        assertThat(search.builds()).isEmpty();
    }

    @Test
    void closingTheSearchEndsItsBuilds() {
        put("t", MANY);
        IndexBuild running = search.start(BuildRequest.of("t").withKind(IndexKind.HNSW));
        IndexBuild waiting = search.start(BuildRequest.of("t").withKind(IndexKind.IVF));
        untilItLinks(running);

        search.close();

        assertThat(failure(running).code()).isEqualTo(ErrorCode.CANCELLED);
        assertThat(failure(waiting).code()).isEqualTo(ErrorCode.CANCELLED);
        assertThat(shelf.internalNames()).isEmpty();
        refused(ErrorCode.CLOSED, () -> search.start(BuildRequest.of("t")));
    }

    private static BuildRequest byLists(int lists) {
        return BuildRequest.of("t").withKind(IndexKind.IVF).withLists(lists);
    }

    private void put(String name, int rows) {
        SampleTables.putColumns(
                shelf, name, SampleTables.uniform(rows, 16, 1), FloatingPointPrecision.SINGLE);
    }

    private static void untilItLinks(IndexBuild build) {
        long deadline = System.nanoTime() + LONG.toNanos();
        while (!build.state().progress().phase().equals("linking")
                || build.state().progress().share() == 0) {
            assertThat(build.state().isOver()).isFalse();
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private static void untilItWaits(Thread thread) {
        long deadline = System.nanoTime() + LONG.toNanos();
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private static ShelfException failure(IndexBuild build) {
        assertThat(build.state().stage()).isEqualTo(Stage.FAILED);
        return Objects.requireNonNull(build.state().failure());
    }

    private static SearchRequest byGraph() {
        return SearchRequest.of("t").withIndex(IndexKind.HNSW);
    }

    private static Vectors one() {
        return Vectors.of(new float[16], 16);
    }

    private static void refused(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ShelfException.class, thrown -> assertThat(thrown.code()).isEqualTo(code));
    }
}
