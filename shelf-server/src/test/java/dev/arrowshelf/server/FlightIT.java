package dev.arrowshelf.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.owner.ShelfOwner;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSpace;
import dev.arrowshelf.testkit.RandomTable;
import dev.arrowshelf.testkit.RandomTables;
import dev.arrowshelf.testkit.TableContent;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.AsyncPutListener;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.Criteria;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Ticket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The Flight port with arrow-java's own client, which knows nothing of ours.
final class FlightIT {
    @RegisterExtension final ServedFlight flight = new ServedFlight();
    private final RandomTables random = RandomTables.ofThisRun().withPackedUnions();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 40, 3000})
    void everyTypeMakesTheRoundTrip(int rows) throws Exception {
        try (RandomTable table = random.table(random.schema(100), rows, flight.allocator())) {
            TableContent wanted = TableContent.of(table);
            put("every type", table);
            try (TableSpace space = flight.served().tables();
                    ShelfTable stored = Objects.requireNonNull(space.find("every type"))) {
                assertThat(TableContent.of(stored)).as("%s", random).isEqualTo(wanted);
            }
            FlightInfo info = flight.client().getInfo(path("every type"));
            assertThat(info.getRecords()).isEqualTo(rows);
            assertThat(info.getEndpoints()).hasSize(1);
            assertThat(get(info)).as("%s", random).isEqualTo(wanted);
            assertThat(flight.client().getSchema(path("every type")).getSchema())
                    .isEqualTo(wanted.schema());
        }
    }

    @Test
    void listsDescribesAndDeletes() throws Exception {
        try (RandomTable table = random.table(random.schema(2), 5, flight.allocator())) {
            put("a/one", table);
            put("b/two", table);
        }
        assertThat(listed("")).containsExactlyInAnyOrder("a/one", "b/two");
        assertThat(listed("b/")).containsExactly("b/two");
        Ticket ticket =
                flight.client().getInfo(path("a/one")).getEndpoints().getFirst().getTicket();
        assertThat(act("delete", "a/one")).containsExactly("{\"deleted\":true}");
        assertThat(act("delete", "a/one")).containsExactly("{\"deleted\":false}");
        assertStatus(FlightStatusCode.NOT_FOUND, () -> flight.client().getInfo(path("a/one")));
        assertStatus(FlightStatusCode.NOT_FOUND, () -> flight.client().getSchema(path("a/one")));
        assertStatus(FlightStatusCode.NOT_FOUND, () -> drain(ticket));
        assertStatus(FlightStatusCode.INVALID_ARGUMENT, () -> act("delete", ""));
        assertStatus(FlightStatusCode.INVALID_ARGUMENT, () -> act("no such action", ""));
        assertStatus(
                FlightStatusCode.INVALID_ARGUMENT,
                () -> drain(new Ticket("garbage".getBytes(StandardCharsets.UTF_8))));
    }

    @Test
    void saysThatItIsWell() {
        HealthGrpc.HealthBlockingStub health =
                HealthGrpc.newBlockingStub(flight.served().channel());
        for (String service : List.of("", "arrow.flight.protocol.FlightService")) {
            HealthCheckRequest request =
                    HealthCheckRequest.newBuilder().setService(service).build();
            assertThat(health.check(request).getStatus()).isEqualTo(ServingStatus.SERVING);
        }
    }

    @Test
    void aPortInUseIsAnErrorThatNamesItAndLeavesNoSocket() throws Exception {
        ShelfOptions other =
                ShelfOptions.of(
                        Files.createDirectory(flight.temporary().scratch().resolve("other")));
        try (ShelfOwner owner = ShelfOwner.open(other)) {
            assertThatThrownBy(() ->
                            ShelfServer.start(
                                    ServerOptions.of("localhost", flight.served().port()), owner))
                    .hasMessageContaining(
                            "cannot listen: host=localhost, port=" + flight.served().port())
                    .isInstanceOfSatisfying(
                            ShelfException.class,
                            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.IO));
            assertThat(owner.directory().resolve("shelf.sock")).doesNotExist();
        }
    }

    private void put(String name, RandomTable table) {
        AsyncPutListener answers = new AsyncPutListener();
        FlightClient.ClientStreamListener stream =
                flight.client().startPut(path(name), table.root(), table.dictionaries(), answers);
        stream.putNext();
        stream.completed();
        answers.getResult();
    }

    @SuppressWarnings("try") // closing a stream may be interrupted, a test is not
    private TableContent get(FlightInfo info) throws Exception {
        List<List<String>> rows = new ArrayList<>();
        for (FlightEndpoint endpoint : info.getEndpoints()) {
            try (FlightStream stream = flight.client().getStream(endpoint.getTicket())) {
                while (stream.next()) {
                    rows.addAll(
                            TableContent.of(stream.getRoot(), stream.getDictionaryProvider())
                                    .rows());
                }
            }
        }
        return new TableContent(info.getSchemaOptional().orElseThrow(), rows);
    }

    @SuppressWarnings("try") // as above
    private void drain(Ticket ticket) throws Exception {
        try (FlightStream stream = flight.client().getStream(ticket)) {
            while (stream.next()) {
                assertThat(stream.getRoot()).isNotNull();
            }
        }
    }

    private List<String> listed(String prefix) {
        Criteria criteria = new Criteria(prefix.getBytes(StandardCharsets.UTF_8));
        return StreamSupport.stream(flight.client().listFlights(criteria).spliterator(), false)
                .map(info -> info.getDescriptor().getPath().getFirst())
                .toList();
    }

    private List<String> act(String type, String body) {
        List<String> answers = new ArrayList<>();
        flight.client()
                .doAction(new Action(type, body.getBytes(StandardCharsets.UTF_8)))
                .forEachRemaining(result ->
                        answers.add(new String(result.getBody(), StandardCharsets.UTF_8)));
        return answers;
    }

    private static void assertStatus(
            FlightStatusCode code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FlightRuntimeException.class,
                        failure ->
                                assertThat(failure.status())
                                        .extracting(CallStatus::code)
                                        .isEqualTo(code));
    }

    private static FlightDescriptor path(String name) {
        return FlightDescriptor.path(name);
    }
}
