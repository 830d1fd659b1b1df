package dev.arrowshelf.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.AsyncPutListener;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Vector search over Flight with arrow-java's own client. The points are the numbers 0 to 99 on a
/// line, of which the even ones are marked.
final class FlightSearchIT {
    private static final int ROWS = 100;

    @RegisterExtension final ServedFlight flight = new ServedFlight();

    @BeforeEach
    void putPoints() {
        try (Float4Vector x = new Float4Vector("x", flight.allocator());
                BitVector even = new BitVector("even", flight.allocator())) {
            for (int row = 0; row < ROWS; row++) {
                x.setSafe(row, row);
                even.setSafe(row, row % 2 == 0 ? 1 : 0);
            }
            put("points", ROWS, x, even);
        }
    }

    @Test
    void findsTheNearestRows() throws Exception {
        assertThat(ids("'queries': [10.2], 'k': 3")).containsExactly(10L, 11L, 9L);
        assertThat(ids("'queries': [[10.2], ['NaN'], [99]], 'k': 2, 'columns': 'x'"))
                .containsExactly(10L, 11L, -1L, -1L, 99L, 98L);
        assertThat(ids("'queries': 'points', 'k': 1, 'columns': ['x'], 'index': 'exact'"))
                .hasSize(ROWS)
                .isSorted();
    }

    @Test
    void filtersInsideTheSearch() throws Exception {
        assertThat(ids("'queries': [10.2], 'k': 2, 'filter': 'even'")).containsExactly(10L, 12L);
        assertThat(ids("'queries': [10.2], 'k': 3, 'filter': [4, 90]"))
                .containsExactly(4L, 90L, -1L);
        assertThat(ids("'queries': [10.2], 'k': 2, 'where': 'x > 50 AND NOT even -- so'"))
                .containsExactly(51L, 53L);
        try (BigIntVector rows = new BigIntVector("row", flight.allocator())) {
            rows.setSafe(0, 77);
            rows.setSafe(1, 3);
            put("\u0001shelf/search/rows", 2, rows);
        }
        assertThat(ids("'queries': [10.2], 'k': 2, 'rows': '\\u0001shelf/search/rows'"))
                .containsExactly(3L, 77L);
    }

    @Test
    @SuppressWarnings("try") // closing a stream may be interrupted, a test is not
    void findsAllRowsWithinADistanceAndTellsWhose() throws Exception {
        String wanted = "'queries': [[5], [500], [98]], 'radius': 1, 'columns': 'x'";
        assertThat(ids(wanted)).containsExactly(5L, 4L, 6L, 98L, 97L, 99L);
        try (FlightStream stream = flight.client().getStream(ticket(wanted))) {
            assertThat(stream.next()).isTrue();
            IntVector queries = (IntVector) stream.getRoot().getVector("query");
            List<Integer> whose = new ArrayList<>();
            for (int row = 0; row < stream.getRoot().getRowCount(); row++) {
                whose.add(queries.get(row));
            }
            assertThat(whose).containsExactly(0, 0, 0, 2, 2, 2);
            assertThat(stream.getSchema().getCustomMetadata().get("shelf-search"))
                    .contains("\"queries\":3", "\"k\":0", "\"skipped_rows\":0");
        }
    }

    @Test
    void aCommandIsItsTicket() throws Exception {
        String search = search("'queries': [10.2], 'k': 1");
        FlightInfo info =
                flight.client()
                        .getInfo(FlightDescriptor.command(search.getBytes(StandardCharsets.UTF_8)));
        assertThat(info.getSchemaOptional().orElseThrow().getFields())
                .extracting("name")
                .containsExactly("distance", "id");
        assertThat(read(info.getEndpoints().getFirst().getTicket())).containsExactly(10L);
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertRefused("'k': 1");
        assertRefused("'queries': [1], 'k': 0");
        assertRefused("'queries': [1], 'k': 1.5");
        assertRefused("'queries': [[1], [1, 2]]");
        assertRefused("'queries': [[[1]]]");
        assertRefused("'queries': [1], 'kk': 1");
        assertRefused("'queries': [1], 'metric': 'far'");
        assertRefused("'queries': [1], 'radius': -1");
        assertRefused("'queries': [1], 'filter': 'even', 'where': 'even'");
        assertRefused("'queries': [1], 'where': 'no such thing'");
        assertRefused("'queries': [1], 'rows': 'points'");
        assertThatThrownBy(() ->
                        read(
                                new Ticket(
                                        "{\"search\": {\"table\": "
                                                .getBytes(StandardCharsets.UTF_8))))
                .isInstanceOf(FlightRuntimeException.class);
        assertThatThrownBy(() ->
                        read(
                                new Ticket(
                                        "{\"search\": {\"table\": \"none\", \"queries\": [1]}}"
                                                .getBytes(StandardCharsets.UTF_8))))
                .isInstanceOfSatisfying(
                        FlightRuntimeException.class,
                        failure ->
                                assertThat(failure.status().code())
                                        .isEqualTo(FlightStatusCode.NOT_FOUND));
    }

    @Test
    void indexesAreBuiltListedAndDropped() {
        String begun =
                act("shelf.index_build", "{'table': 'points', 'columns': ['x'], 'index': 'kd'}");
        assertThat(begun).startsWith("{\"build\":");
        String build = begun.substring(1, begun.length() - 1);
        String state = act("shelf.index_state", "{%s, 'wait_millis': 30000}".formatted(build));
        assertThat(state).contains("\"state\":\"done\"", "\"table\":\"points\"");
        assertThat(act("shelf.index_cancel", "{" + build + "}")).isEqualTo("{\"cancelled\":false}");
        assertThat(act("shelf.index_list", "")).contains("\"points\":100", "\"index\":\"kd\"");
        assertThat(act("shelf.index_drop", "points")).isEqualTo("{\"dropped\":1}");
        assertThatThrownBy(() -> act("shelf.index_state", "{'build': 99}"))
                .hasMessageContaining("no such index build");
    }

    private void assertRefused(String arguments) {
        assertThatThrownBy(() -> ids(arguments))
                .as("%s", arguments)
                .isInstanceOfSatisfying(
                        FlightRuntimeException.class,
                        failure ->
                                assertThat(failure.status().code())
                                        .isEqualTo(FlightStatusCode.INVALID_ARGUMENT));
    }

    private void put(String name, int rows, FieldVector... columns) {
        VectorSchemaRoot root = new VectorSchemaRoot(List.of(columns));
        root.setRowCount(rows);
        FlightClient.ClientStreamListener writer =
                flight.client().startPut(FlightDescriptor.path(name), root, new AsyncPutListener());
        writer.putNext();
        writer.completed();
        writer.getResult();
    }

    private String act(String type, String body) {
        byte[] bytes = body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        return new String(
                flight.client().doAction(new Action(type, bytes)).next().getBody(),
                StandardCharsets.UTF_8);
    }

    private List<Long> ids(String arguments) throws Exception {
        return read(ticket(arguments));
    }

    private static String search(String arguments) {
        return "{'search': {'table': 'points', %s}}".formatted(arguments).replace('\'', '"');
    }

    private static Ticket ticket(String arguments) {
        return new Ticket(search(arguments).getBytes(StandardCharsets.UTF_8));
    }

    @SuppressWarnings("try")
    private List<Long> read(Ticket ticket) throws Exception {
        List<Long> ids = new ArrayList<>();
        try (FlightStream stream = flight.client().getStream(ticket)) {
            while (stream.next()) {
                BigIntVector id = (BigIntVector) stream.getRoot().getVector("id");
                for (int row = 0; row < id.getValueCount(); row++) {
                    ids.add(id.get(row));
                }
            }
        }
        return ids;
    }
}
