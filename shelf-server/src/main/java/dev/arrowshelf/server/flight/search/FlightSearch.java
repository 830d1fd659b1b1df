package dev.arrowshelf.server.flight.search;

import com.google.protobuf.ByteString;
import dev.arrowshelf.server.flight.message.MessageSource;
import dev.arrowshelf.server.flight.message.ReaderSource;
import dev.arrowshelf.server.flight.message.SchemaMessage;
import dev.arrowshelf.server.json.IndexJson;
import dev.arrowshelf.server.json.JsonFields;
import dev.arrowshelf.server.json.ShelfJson;
import dev.arrowshelf.server.search.AnswerReader;
import dev.arrowshelf.server.search.ConditionalSearch;
import dev.arrowshelf.server.search.SearchCall;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.index.IndexBuild;
import dev.arrowshelf.vector.model.BuildRequest;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.IndexSettings;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.Storage;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.arrow.flight.impl.Flight;

/// Vector search over Flight: searches as tickets and commands, actions about indexes
/// (docs/spec/flight.md). Thread-safe; builds belong to no connection.
///
/// @param search the server's
public record FlightSearch(ConditionalSearch search) {
    private static final long MOST_BODY_BYTES = 8L << 20;
    private static final long LONGEST_WAIT_MILLIS = 60_000;
    private static final long MOST_LISTS = Integer.MAX_VALUE;

    /// What [#act] knows.
    public static final List<Flight.ActionType> ACTIONS =
            List.of(
                    type("shelf.index_build", "begins to build a vector index"),
                    type("shelf.index_state", "how far a build is"),
                    type("shelf.index_cancel", "ends a build"),
                    type("shelf.index_list", "the vector indexes, and their builds"),
                    type("shelf.index_drop", "drops the indexes of the table named by the body"));

    private static Flight.ActionType type(String name, String description) {
        return Flight.ActionType.newBuilder().setType(name).setDescription(description).build();
    }

    /// Returns the columns of what a search will give, and the ticket for it.
    public static Flight.FlightInfo info(SearchCall call, Flight.FlightDescriptor descriptor) {
        return Flight.FlightInfo.newBuilder()
                .setSchema(SchemaMessage.encapsulated(AnswerReader.columns(call.hasRadius())))
                .setFlightDescriptor(descriptor)
                .setTotalRecords(-1)
                .setTotalBytes(-1)
                .setOrdered(true)
                .addEndpoint(
                        Flight.FlightEndpoint.newBuilder()
                                .setTicket(
                                        Flight.Ticket.newBuilder().setTicket(descriptor.getCmd())))
                .build();
    }

    /// Searches, and returns the messages of the answer.
    public MessageSource source(SearchCall call) throws IOException {
        return new ReaderSource(new AnswerReader(call.answer(search)), MOST_BODY_BYTES, () -> {});
    }

    /// Carries out an action; empty when it is none about indexes.
    public Optional<Flight.Result> act(Flight.Action action) {
        ByteString body = action.getBody();
        return switch (action.getType()) {
            case "shelf.index_build" -> result(build(body));
            case "shelf.index_state" -> result(state(body));
            case "shelf.index_cancel" -> result(cancel(body));
            case "shelf.index_list" -> result(list());
            case "shelf.index_drop" -> result(drop(body));
            default -> Optional.empty();
        };
    }

    private static Optional<Flight.Result> result(String answer) {
        return Optional.of(
                Flight.Result.newBuilder().setBody(ByteString.copyFromUtf8(answer)).build());
    }

    private String build(ByteString body) {
        JsonFields fields =
                fields(body, Set.of("table", "columns", "metric", "index", "lists", "storage"));
        long lists = fields.number("lists").orElse(0L);
        if (lists > MOST_LISTS) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "number of lists out of range: lists=" + lists);
        }
        BuildRequest wanted =
                new BuildRequest(
                        fields.text("table").orElse(""),
                        fields.texts("columns").orElse(List.of()),
                        Metric.parse(fields.text("metric").orElse("l2")),
                        IndexKind.parse(fields.text("index").orElse("auto")),
                        new IndexSettings(
                                (int) lists, Storage.parse(fields.text("storage").orElse("auto"))));
        long build = search.service().start(wanted).id();
        return ShelfJson.object(json -> json.writeNumberField("build", build));
    }

    /// Waits until the build is over, but not longer than the client wants.
    private String state(ByteString body) {
        JsonFields fields = fields(body, Set.of("build", "wait_millis"));
        IndexBuild build = named(fields);
        long wait = Math.min(fields.number("wait_millis").orElse(0L), LONGEST_WAIT_MILLIS);
        if (wait > 0) {
            build.await(Duration.ofMillis(wait));
        }
        return IndexJson.of(build.state());
    }

    private String cancel(ByteString body) {
        boolean cancelled = named(fields(body, Set.of("build"))).cancel();
        return ShelfJson.object(json -> json.writeBooleanField("cancelled", cancelled));
    }

    private IndexBuild named(JsonFields fields) {
        return search.service().build(fields.number("build").orElse(-1L));
    }

    private String list() {
        return IndexJson.of(
                search.service().indexes(),
                search.service().builds().stream().map(IndexBuild::state).toList());
    }

    private String drop(ByteString body) {
        if (!body.isValidUtf8()) {
            throw new ShelfException(
                    ErrorCode.INVALID_KEY, "name is not UTF-8: bytes=" + body.size());
        }
        int dropped = search.service().drop(body.toStringUtf8());
        return ShelfJson.object(json -> json.writeNumberField("dropped", dropped));
    }

    private static JsonFields fields(ByteString body, Set<String> known) {
        return JsonFields.parse("action body", body.toByteArray(), known);
    }
}
