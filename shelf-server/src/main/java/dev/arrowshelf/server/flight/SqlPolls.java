package dev.arrowshelf.server.flight;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Timestamp;
import dev.arrowshelf.server.rpc.CallHeaders;
import dev.arrowshelf.server.sql.BackgroundQueries;
import dev.arrowshelf.server.sql.SessionLimits;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BiFunction;
import org.apache.arrow.flight.impl.Flight;

/// PollFlightInfo: the first poll of a statement begins it, later ones tell how far it is, the last
/// one where its rows lie.
///
/// Thread-safe; borrows the queries.
final class SqlPolls {
    /// Begins the descriptor of a query that runs: no command of Flight SQL and no JSON does.
    private static final String PREFIX = "poll:";

    /// The action that stops a query.
    static final String CANCEL = "CancelFlightInfo";

    static final Flight.ActionType ACTION =
            Flight.ActionType.newBuilder()
                    .setType(CANCEL)
                    .setDescription("stops the query of a FlightInfo")
                    .build();

    private static final Duration LONGEST_WAIT = Duration.ofMillis(500);
    private static final Duration EXPIRY = Duration.ofMinutes(10);

    private final SqlCommands commands;
    private final BiFunction<String, Flight.FlightDescriptor, Flight.FlightInfo> stored;
    private final BackgroundQueries queries;

    /// @param stored tells where a table lies that a query made
    SqlPolls(
            SqlCommands commands,
            BiFunction<String, Flight.FlightDescriptor, Flight.FlightInfo> stored,
            BackgroundQueries queries) {
        this.commands = commands;
        this.stored = stored;
        this.queries = queries;
    }

    /// Answers a poll of a statement or of a query that runs; empty when the descriptor is neither.
    Optional<Flight.PollInfo> poll(Flight.FlightDescriptor descriptor) {
        Optional<String> known = name(descriptor.getCmd());
        if (known.isPresent()) {
            return Optional.of(poll(known.get()));
        }
        Optional<Any> command = SqlCommands.parse(descriptor.getCmd().toByteArray());
        return command.flatMap(commands::request)
                .map(request -> SessionLimits.of(CallHeaders::get).applied(request))
                .map(request -> poll(queries.start(request)));
    }

    /// Stops the query of a FlightInfo that a client has, polled or read.
    Flight.Result cancel(ByteString request) {
        Flight.FlightInfo info;
        try {
            info = Flight.CancelFlightInfoRequest.parseFrom(request).getInfo();
        } catch (InvalidProtocolBufferException malformed) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "cancel request is malformed: bytes=" + request.size(),
                    malformed);
        }
        boolean cancelled =
                name(info.getAppMetadata())
                        .map(queries::cancel)
                        .orElseGet(() -> commands.cancel(info));
        Flight.CancelStatus status =
                cancelled
                        ? Flight.CancelStatus.CANCEL_STATUS_CANCELLED
                        : Flight.CancelStatus.CANCEL_STATUS_NOT_CANCELLABLE;
        return Flight.Result.newBuilder()
                .setBody(
                        Flight.CancelFlightInfoResult.newBuilder()
                                .setStatus(status)
                                .build()
                                .toByteString())
                .build();
    }

    private static Optional<String> name(ByteString bytes) {
        ByteString prefix = ByteString.copyFrom(PREFIX, StandardCharsets.UTF_8);
        return bytes.startsWith(prefix)
                ? Optional.of(bytes.substring(prefix.size()).toStringUtf8())
                : Optional.empty();
    }

    private Flight.PollInfo poll(String query) {
        BackgroundQueries.Progress progress = queries.poll(query, LONGEST_WAIT);
        ByteString name = ByteString.copyFromUtf8(PREFIX + query);
        Flight.FlightDescriptor next =
                Flight.FlightDescriptor.newBuilder()
                        .setType(Flight.FlightDescriptor.DescriptorType.CMD)
                        .setCmd(name)
                        .build();
        Flight.PollInfo.Builder answer =
                Flight.PollInfo.newBuilder()
                        .setExpirationTime(
                                Timestamp.newBuilder()
                                        .setSeconds(Instant.now().plus(EXPIRY).getEpochSecond()));
        if (progress.part() >= 0) {
            answer.setProgress(Math.min(1, progress.part()));
        }
        Flight.FlightInfo.Builder info =
                progress.rows()
                        .map(rows -> stored.apply(rows.name(), next).toBuilder())
                        .orElseGet(() -> Flight.FlightInfo.newBuilder().setFlightDescriptor(next));
        answer.setInfo(info.setAppMetadata(name));
        if (progress.rows().isEmpty()) {
            answer.setFlightDescriptor(next);
        }
        return answer.build();
    }
}
