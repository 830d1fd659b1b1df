package dev.arrowshelf.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.sql.model.ResultLimits;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.testkit.Deadline;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(120)
final class LimitsTest {
    private static final String ENDLESS =
            "select count(*) from range(1000000000) a, range(1000000000) b where a.range = -b.range - 1";

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    @Test
    void aQueryStopsAtItsTimeLimit() {
        try (Engine engine = Engine.over(temporary.shelf())) {
            SqlRequest request = SqlRequest.of(ENDLESS).withTimeout(Duration.ofMillis(100));
            assertCode(ErrorCode.TIMEOUT, () -> engine.rows(request));
            assertThat(engine.value("select 1")).isEqualTo("1");
        }
    }

    @Test
    void aQueryIsCancelledWhileItComputes() throws Exception {
        try (Engine engine = Engine.over(temporary.shelf());
                ExecutorService other = Executors.newSingleThreadExecutor();
                SqlResult result = engine.sql().query(ENDLESS)) {
            Future<?> rows = other.submit(() -> result.reader().loadNextBatch());
            Deadline.ofSeconds(20).await("it computes", () -> engine.sql().use().objects() >= 0);
            result.cancel();
            assertThatThrownBy(rows::get)
                    .cause()
                    .isInstanceOfSatisfying(
                            ShelfException.class,
                            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.CANCELLED));
        }
    }

    @Test
    void aResultIsCancelledWhileItsRowsAreTaken() throws Exception {
        try (Engine engine = Engine.over(temporary.shelf())) {
            engine.put("t", 1_000_000);
            try (SqlResult result = engine.sql().query("select a.n from t a, range(100)")) {
                ArrowReader reader = result.reader();
                assertThat(reader.loadNextBatch()).isTrue();
                result.cancel();
                assertCode(ErrorCode.CANCELLED, reader::loadNextBatch);
            }
            try (SqlResult left = engine.sql().query("select a.n from t a, range(100)")) {
                assertThat(left.reader().loadNextBatch()).isTrue();
            }
            assertThat(engine.value("select count(*) from t")).isEqualTo("1000000");
        }
    }

    @Test
    void aResultIsClosedByAnotherThread() throws Exception {
        try (Engine engine = Engine.over(temporary.shelf());
                ExecutorService other = Executors.newSingleThreadExecutor()) {
            SqlResult result = engine.sql().query(ENDLESS);
            Future<?> rows = other.submit(() -> result.reader().loadNextBatch());
            result.cancel();
            assertThatThrownBy(rows::get).isNotNull();
            result.close();
            result.close();
        }
    }

    @Test
    void queriesBeyondTheLimitWaitAndAreRefusedInTime() throws Exception {
        SqlOptions options = SqlOptions.defaults().withQueries(2, Duration.ofMillis(50));
        try (Engine engine = Engine.over(temporary.shelf(), options)) {
            try (SqlResult first = engine.sql().query("select 1");
                    SqlResult second = engine.sql().query("select 2")) {
                assertThat(List.of(first.percent(), second.percent())).hasSize(2);
                assertThat(engine.sql().use().running()).isEqualTo(2);
                assertCode(ErrorCode.BUSY, () -> engine.sql().query("select 3"));
            }
            assertThat(engine.value("select 3")).isEqualTo("3");
        }
    }

    @Test
    void aResultThatIsLargerThanItsReaderAllowsIsRefused() {
        try (Engine engine = Engine.over(temporary.shelf())) {
            SqlRequest request = SqlRequest.of("select range from range(300000)");
            assertCode(
                    ErrorCode.TOO_LARGE,
                    () -> engine.rows(request.withLimits(new ResultLimits(299_999, 1 << 30))));
            assertCode(
                    ErrorCode.TOO_LARGE,
                    () -> engine.rows(request.withLimits(new ResultLimits(300_000, 1 << 20))));
            assertThat(engine.rows(request.withLimits(new ResultLimits(300_000, 1 << 30))))
                    .hasSize(300_000);
            assertCode(ErrorCode.INVALID_ARGUMENT, () -> new ResultLimits(-1, 0));
        }
    }

    @Test
    void manyClientsAtOnceAllGetTheirAnswer() throws Exception {
        try (Engine engine = Engine.over(temporary.shelf());
                ExecutorService clients = Executors.newFixedThreadPool(16)) {
            engine.put("t", 200_000);
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 160; i++) {
                answers.add(clients.submit(() -> engine.value("select sum(n) from t")));
            }
            for (Future<String> answer : answers) {
                assertThat(answer.get()).isEqualTo("19999900000");
            }
        }
    }

    @Test
    void aQueryThatNeedsTooMuchMemoryFailsAlone() {
        SqlOptions options = SqlOptions.defaults().withMemoryLimit(ByteSize.parse("64MiB"));
        try (Engine engine = Engine.over(temporary.shelf(), options)) {
            assertCode(
                    ErrorCode.OUT_OF_MEMORY,
                    () -> engine.rows("select len(list(range)) from range(50000000)"));
            assertThat(engine.value("select 1")).isEqualTo("1");
        }
    }

    @Test
    void whatDoesNotFitGoesToTheTemporaryDirectory() {
        SqlOptions options =
                SqlOptions.defaults()
                        .withMemoryLimit(ByteSize.parse("64MiB"))
                        .withTemporary(temporary.scratch().resolve("sql"), ByteSize.parse("1GiB"));
        try (Engine engine = Engine.over(temporary.shelf(), options)) {
            assertThat(
                            engine.value(
                                    "select count(*) from (select distinct hash(range) from range(6000000))"))
                    .isEqualTo("6000000");
        }
    }

    @Test
    void aClosedEngineRefusesAndStopsWhatRuns() {
        Engine engine = Engine.over(temporary.shelf());
        SqlResult running = engine.sql().query(ENDLESS);
        engine.sql().close();
        assertCode(ErrorCode.CLOSED, () -> engine.sql().query("select 1"));
        running.close();
        engine.allocator().close();
    }

    private static void assertCode(
            ErrorCode code, org.assertj.core.api.ThrowableAssert.ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure -> assertThat(failure.code()).isEqualTo(code));
    }
}
