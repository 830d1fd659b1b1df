package dev.arrowshelf.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.arrowshelf.testkit.Deadline;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.arrow.flight.CancelFlightInfoRequest;
import org.apache.arrow.flight.CancelStatus;
import org.apache.arrow.flight.FlightCallHeaders;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.HeaderCallOption;
import org.apache.arrow.flight.PollInfo;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.PreparedStatement;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Queries over Flight that are polled, cancelled, or fail, with arrow-java's own client.
final class FlightQueriesIT {
    private static final String ENDLESS =
            "select sum(a.i * b.i) as s from range(10000000) a(i), range(10000000) b(i)";

    @RegisterExtension final ServedFlight flight = new ServedFlight();

    @Test
    void aQueryIsPolledToItsEndAndThenRead() throws Exception {
        PollInfo poll =
                flight.client().pollInfo(statement("select sum(range) as s from range(30000000)"));
        while (poll.getFlightDescriptor().isPresent()) {
            assertThat(poll.getExpirationTime()).isPresent();
            poll = flight.client().pollInfo(poll.getFlightDescriptor().get());
        }
        assertThat(poll.getProgress()).contains(1.0);
        assertThat(onlyNumber(poll.getFlightInfo())).isEqualTo(449_999_985_000_000L);
    }

    @Test
    void progressMovesWhileAQueryIsPolled() {
        String sql = "select sum(hash(range)) % 7 as s from range(100000000000)"; // for minutes
        PollInfo first = flight.client().pollInfo(statement(sql));
        FlightDescriptor query = first.getFlightDescriptor().orElseThrow();
        List<Double> seen = new ArrayList<>();
        Deadline.ofSeconds(60)
                .await(
                        "three values of its progress",
                        () -> {
                            PollInfo poll = flight.client().pollInfo(query);
                            poll.getProgress().ifPresent(seen::add);
                            return new TreeSet<>(seen).size() > 2;
                        });
        assertThat(seen).isSorted().allMatch(share -> share >= 0 && share < 1);
        assertThat(cancel(first.getFlightInfo())).isEqualTo(CancelStatus.CANCELLED);
    }

    @Test
    @SuppressWarnings("try") // closing may be interrupted, a test is not
    void longTextsComeThroughWithTheirParameters() throws Exception {
        String sql = "select length('" + "x".repeat(2 << 20) + "')::bigint as n";
        assertThat(onlyNumber(flight.client().getInfo(statement(sql)))).isEqualTo(2L << 20);
        try (FlightSqlClient client =
                        new FlightSqlClient(flight.served().client(flight.allocator()));
                PreparedStatement statement =
                        client.prepare(sql.replace(" as n", " + length($1) as n"));
                VarCharVector value = new VarCharVector("1", flight.allocator())) {
            value.setSafe(0, "y".repeat(1 << 20).getBytes(StandardCharsets.UTF_8));
            value.setValueCount(1);
            statement.setParameters(VectorSchemaRoot.of(value));
            assertThat(onlyNumber(statement.execute())).isEqualTo(3L << 20);
        }
    }

    @Test
    void aPolledQueryCanBeCancelled() {
        PollInfo poll = flight.client().pollInfo(statement(ENDLESS));
        assertThat(poll.getFlightDescriptor()).isPresent();
        assertThat(cancel(poll.getFlightInfo())).isEqualTo(CancelStatus.CANCELLED);
        FlightDescriptor again = poll.getFlightDescriptor().get();
        Deadline.ofSeconds(20)
                .await(
                        "the query to be cancelled",
                        () -> {
                            try {
                                flight.client().pollInfo(again);
                                return false;
                            } catch (FlightRuntimeException failure) {
                                return String.valueOf(failure.getMessage()).contains("cancelled");
                            }
                        });
    }

    @Test
    @SuppressWarnings("try") // closing a stream may be interrupted, a test is not
    void aQueryThatIsReadCanBeCancelledByItsInfo() throws Exception {
        FlightInfo info = flight.client().getInfo(statement(ENDLESS));
        assertThat(cancel(info)).isEqualTo(CancelStatus.NOT_CANCELLABLE); // nothing runs yet
        try (FlightStream stream =
                flight.client().getStream(info.getEndpoints().getFirst().getTicket())) {
            Deadline.ofSeconds(20)
                    .await("the query to run", () -> cancel(info) == CancelStatus.CANCELLED);
            assertThatThrownBy(stream::next)
                    .isInstanceOf(FlightRuntimeException.class)
                    .hasMessageContaining("cancelled");
        }
    }

    @Test
    void headersLimitTheQueriesOfASession() throws Exception {
        String rows = "select range from range(200000)";
        assertThat(count(rows, "shelf-max-rows", "200000")).isEqualTo(200_000);
        assertRefused(FlightStatusCode.RESOURCE_EXHAUSTED, rows, "shelf-max-rows", "199999");
        assertRefused(FlightStatusCode.RESOURCE_EXHAUSTED, rows, "shelf-max-bytes", "1MiB");
        assertRefused(FlightStatusCode.TIMED_OUT, ENDLESS, "shelf-timeout", "0.2");
        assertRefused(FlightStatusCode.INVALID_ARGUMENT, rows, "shelf-timeout", "soon");
        assertRefused(FlightStatusCode.INVALID_ARGUMENT, rows, "shelf-max-rows", "-1");
        assertThat(count(rows, "shelf-timeout", "60")).isEqualTo(200_000);
    }

    @Test
    void aPolledQueryHasTheLimitsOfItsSession() {
        assertThatThrownBy(
                        () -> {
                            PollInfo poll =
                                    flight.client()
                                            .pollInfo(
                                                    statement("select range from range(200000)"),
                                                    header("shelf-max-rows", "10"));
                            while (poll.getFlightDescriptor().isPresent()) {
                                poll = flight.client().pollInfo(poll.getFlightDescriptor().get());
                            }
                        })
                .isInstanceOf(FlightRuntimeException.class)
                .hasMessageContaining("too many rows");
    }

    private static HeaderCallOption header(String name, String value) {
        FlightCallHeaders headers = new FlightCallHeaders();
        headers.insert(name, value);
        return new HeaderCallOption(headers);
    }

    @SuppressWarnings("try") // closing a stream may be interrupted, a test is not
    private long count(String sql, String name, String value) throws Exception {
        FlightInfo info = flight.client().getInfo(statement(sql));
        try (FlightStream stream =
                flight.client()
                        .getStream(
                                info.getEndpoints().getFirst().getTicket(), header(name, value))) {
            long rows = 0;
            while (stream.next()) {
                rows += stream.getRoot().getRowCount();
            }
            return rows;
        }
    }

    private void assertRefused(FlightStatusCode code, String sql, String name, String value) {
        assertThatThrownBy(() -> count(sql, name, value))
                .isInstanceOfSatisfying(
                        FlightRuntimeException.class,
                        failure -> assertThat(failure.status().code()).isEqualTo(code));
    }

    @Test
    void errorsCarryTheirSqlState() {
        assertState("select 1 +", "42601");
        assertState("from nosuch", "42P01");
        assertState("select nothing from range(3)", "42000");
        assertState("drop table x", "42501");
    }

    private void assertState(String sql, String state) {
        assertThatThrownBy(() -> flight.client().getInfo(statement(sql)))
                .isInstanceOfSatisfying(
                        FlightRuntimeException.class,
                        failure -> {
                            var trailers = failure.status().metadata();
                            assertThat(trailers.get("shelf-sqlstate")).as(sql).isEqualTo(state);
                            String details =
                                    new String(
                                            trailers.getByte("grpc-status-details-bin"),
                                            StandardCharsets.ISO_8859_1);
                            assertThat(details).contains("google.rpc.ErrorInfo", "sqlstate", state);
                        });
    }

    private CancelStatus cancel(FlightInfo info) {
        return flight.client().cancelFlightInfo(new CancelFlightInfoRequest(info)).getStatus();
    }

    @SuppressWarnings("try") // as above
    private long onlyNumber(FlightInfo info) throws Exception {
        try (FlightStream stream =
                flight.client().getStream(info.getEndpoints().getFirst().getTicket())) {
            assertThat(stream.next()).isTrue();
            Object value = stream.getRoot().getVector(0).getObject(0);
            return Long.parseLong(String.valueOf(value));
        }
    }

    private static FlightDescriptor statement(String sql) {
        ByteString command =
                Any.pack(FlightSql.CommandStatementQuery.newBuilder().setQuery(sql).build())
                        .toByteString();
        return FlightDescriptor.command(command.toByteArray());
    }
}
