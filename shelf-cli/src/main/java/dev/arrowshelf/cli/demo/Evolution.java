package dev.arrowshelf.cli.demo;

import dev.arrowshelf.cli.demo.WorkerMessages.SearchAnswer;
import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.VectorSearch;
import dev.arrowshelf.vector.index.BuildProgress;
import dev.arrowshelf.vector.model.BuildRequest;
import dev.arrowshelf.vector.model.IndexInfo;
import dev.arrowshelf.vector.model.IndexKind;
import java.io.IOException;
import java.util.List;

/// The same question asked of the same workers in each [SearchWay]: some points by the slow ways,
/// all points by the index. The sums of distances must agree.
final class Evolution {
    private static final int NEIGHBOURS = 10;
    private static final int SLOW_QUERIES = 20;
    private static final double AGREEMENT = 1e-5;

    private final Chapter.Stage stage;
    private final Crew crew;
    private final byte[] serialised;

    /// Prepares the question.
    ///
    /// @param serialised the table as it is sent to a worker without shared memory
    Evolution(Chapter.Stage stage, Crew crew, byte[] serialised) {
        this.stage = stage;
        this.crew = crew;
        this.serialised = serialised;
    }

    /// Prints a line for each way.
    ///
    /// @param whole what the workers found for all points by their own means
    void tell(SearchAnswer whole) throws IOException {
        int perWorker = stage.size().points() / stage.size().workers();
        int few = Math.min(SLOW_QUERIES, perWorker);
        double expected = 0;
        for (SearchWay way : List.of(SearchWay.COPY, SearchWay.LOOK, SearchWay.EXACT)) {
            double sum = ask(way, few);
            expected = expected == 0 ? sum : expected;
            agree(way, sum, expected);
        }
        build();
        agree(SearchWay.INDEX, ask(SearchWay.INDEX, few), expected);
        agree(SearchWay.INDEX, ask(SearchWay.INDEX, 0), whole.sum());
    }

    private double ask(SearchWay way, int queries) throws IOException {
        long begin = System.nanoTime();
        if (way == SearchWay.COPY) {
            crew.sendToAll(serialised);
        }
        SearchAnswer found = crew.search(stage.size().points(), way, queries, NEIGHBOURS);
        long nanos = System.nanoTime() - begin;
        long asked = found.distances() / NEIGHBOURS;
        stage.say(
                way.label(),
                Figures.counted(asked, "point")
                        + " in "
                        + Figures.time(nanos)
                        + ", "
                        + Figures.grouped((long) (asked / (nanos / 1e9)))
                        + " points/s");
        return found.sum();
    }

    private void build() {
        long begin = System.nanoTime();
        try (VectorSearch search = VectorSearch.over(stage.shelf())) {
            IndexInfo built =
                    search.build(
                            BuildRequest.of(TablePoints.TABLE, "x", "y", "z")
                                    .withKind(IndexKind.KD_TREE),
                            new BuildProgress());
            stage.say(
                    "one index for all",
                    built.kind().text()
                            + " tree of "
                            + new ByteSize(built.size().bytes())
                            + ", built in "
                            + Figures.time(System.nanoTime() - begin));
        }
    }

    private static void agree(SearchWay way, double sum, double expected) {
        if (!(Math.abs(sum - expected) <= AGREEMENT * expected)) {
            throw new ShelfException(
                    ErrorCode.INTERNAL,
                    "sums of distances differ: way="
                            + way.label()
                            + ", sum="
                            + sum
                            + ", expected="
                            + expected);
        }
    }
}
