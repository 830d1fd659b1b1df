package dev.arrowshelf.server.flight;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.arrowshelf.server.flight.message.MessageSource;
import dev.arrowshelf.server.flight.message.ReaderSource;
import dev.arrowshelf.server.flight.message.SchemaMessage;
import dev.arrowshelf.server.sql.SessionLimits;
import dev.arrowshelf.server.sql.SqlService;
import dev.arrowshelf.sql.SqlResult;
import dev.arrowshelf.sql.SqlSignature;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import io.grpc.Status;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Schema;

/// Flight SQL: commands in descriptors and tickets, actions about prepared statements.
///
/// The server keeps nothing between calls: a prepared statement's handle is its text and the values
/// of its parameters, and so is the ticket of a query. Thread-safe; borrows the SQL service.
final class SqlCommands {
    /// ADBC's driver takes messages of up to 16 MiB.
    private static final long MOST_BODY_BYTES = 8L << 20;

    private static final String TYPES = "type.googleapis.com/arrow.flight.protocol.sql.";
    private static final String CREATE = "CreatePreparedStatement";
    private static final String CLOSE = "ClosePreparedStatement";

    static final List<Flight.ActionType> ACTIONS =
            List.of(
                    Flight.ActionType.newBuilder()
                            .setType(CREATE)
                            .setDescription("Flight SQL: checks a statement, tells its columns")
                            .build(),
                    Flight.ActionType.newBuilder()
                            .setType(CLOSE)
                            .setDescription("Flight SQL: ends a prepared statement")
                            .build());

    private final SqlService sql;
    private final SqlMetadata metadata;
    private final Map<String, SqlResult> running = new ConcurrentHashMap<>();

    SqlCommands(SqlService sql, SqlMetadata metadata) {
        this.sql = sql;
        this.metadata = metadata;
    }

    /// Returns the command in some bytes; empty when they are none of Flight SQL.
    static Optional<Any> parse(byte[] bytes) {
        if (bytes.length == 0 || bytes[0] == '{') {
            return Optional.empty();
        }
        try {
            Any any = Any.parseFrom(bytes);
            return any.getTypeUrl().startsWith(TYPES) ? Optional.of(any) : Optional.empty();
        } catch (InvalidProtocolBufferException _) {
            return Optional.empty();
        }
    }

    /// Returns what a command will give, and the ticket for it.
    Flight.FlightInfo info(Any command, Flight.FlightDescriptor descriptor) {
        Any ticket =
                statement(command)
                        .map(handle ->
                                Any.pack(
                                        FlightSql.TicketStatementQuery.newBuilder()
                                                .setStatementHandle(SqlTicket.of(handle).bytes())
                                                .build()))
                        .orElse(command);
        return Flight.FlightInfo.newBuilder()
                .setSchema(SchemaMessage.encapsulated(schema(command)))
                .setFlightDescriptor(descriptor)
                .setTotalRecords(-1)
                .setTotalBytes(-1)
                .setOrdered(true)
                .addEndpoint(
                        Flight.FlightEndpoint.newBuilder()
                                .setTicket(
                                        Flight.Ticket.newBuilder()
                                                .setTicket(ticket.toByteString())))
                .build();
    }

    /// Returns the columns of what a command will give.
    Flight.SchemaResult schemaResult(Any command) {
        return Flight.SchemaResult.newBuilder()
                .setSchema(SchemaMessage.encapsulated(schema(command)))
                .build();
    }

    /// Opens the messages that answer a ticket.
    ///
    /// @param limits what the call says of its queries
    MessageSource source(Any ticket, SessionLimits limits) throws IOException {
        if (ticket.is(FlightSql.TicketStatementQuery.class)) {
            SqlTicket named = ticketOf(ticket);
            SqlResult result =
                    sql.engine().query(limits.applied(named.handle().request(sql.engine())));
            running.put(named.query(), result);
            return new ReaderSource(
                    result.reader(),
                    MOST_BODY_BYTES,
                    () -> running.remove(named.query(), result),
                    result::cancel);
        }
        return metadata.source(ticket);
    }

    /// Returns what a command asks for; empty when it is no statement.
    Optional<SqlRequest> request(Any command) {
        return statement(command).map(handle -> handle.request(sql.engine()));
    }

    /// Stops the query that a client reads by the tickets of an info; false when it reads none.
    boolean cancel(Flight.FlightInfo info) {
        boolean cancelled = false;
        for (Flight.FlightEndpoint endpoint : info.getEndpointList()) {
            Optional<Any> ticket = parse(endpoint.getTicket().getTicket().toByteArray());
            if (ticket.isPresent() && ticket.get().is(FlightSql.TicketStatementQuery.class)) {
                SqlResult result = running.get(ticketOf(ticket.get()).query());
                if (result != null) {
                    result.cancel();
                    cancelled = true;
                }
            }
        }
        return cancelled;
    }

    private static SqlTicket ticketOf(Any ticket) {
        return SqlTicket.parse(
                unpack(ticket, FlightSql.TicketStatementQuery.class).getStatementHandle());
    }

    /// Carries out an action; empty when it is none of Flight SQL.
    Optional<Flight.Result> act(Flight.Action action) {
        return switch (action.getType()) {
            case CREATE -> Optional.of(create(action.getBody()));
            case CLOSE -> Optional.of(Flight.Result.getDefaultInstance());
            default -> Optional.empty();
        };
    }

    private Flight.Result create(ByteString body) {
        FlightSql.ActionCreatePreparedStatementRequest request =
                unpack(anyOf(body), FlightSql.ActionCreatePreparedStatementRequest.class);
        SqlSignature signature = sql.engine().signature(SqlRequest.of(request.getQuery()));
        FlightSql.ActionCreatePreparedStatementResult result =
                FlightSql.ActionCreatePreparedStatementResult.newBuilder()
                        .setPreparedStatementHandle(SqlHandle.of(request.getQuery()).bytes())
                        .setDatasetSchema(SchemaMessage.encapsulated(signature.columns()))
                        .setParameterSchema(SchemaMessage.encapsulated(signature.parameters()))
                        .build();
        return Flight.Result.newBuilder().setBody(Any.pack(result).toByteString()).build();
    }

    private static Optional<SqlHandle> statement(Any command) {
        if (command.is(FlightSql.CommandStatementQuery.class)) {
            return Optional.of(
                    SqlHandle.of(
                            unpack(command, FlightSql.CommandStatementQuery.class).getQuery()));
        }
        if (command.is(FlightSql.CommandPreparedStatementQuery.class)) {
            return Optional.of(
                    SqlHandle.parse(
                            unpack(command, FlightSql.CommandPreparedStatementQuery.class)
                                    .getPreparedStatementHandle()));
        }
        return Optional.empty();
    }

    private Schema schema(Any command) {
        return statement(command).map(this::columns).orElseGet(() -> metadata.schema(command));
    }

    /// Returns the columns of a statement, which is run only when their types follow from the
    /// values of parameters.
    private Schema columns(SqlHandle handle) {
        SqlRequest request = handle.request(sql.engine());
        Schema columns = sql.engine().signature(request).columns();
        boolean typed =
                handle.parameters().isEmpty()
                        || columns.getFields().stream()
                                .noneMatch(field -> field.getType() instanceof ArrowType.Null);
        if (typed) {
            return columns;
        }
        try (SqlResult result = sql.engine().query(request)) {
            return result.schema();
        }
    }

    private static Any anyOf(ByteString body) {
        try {
            return Any.parseFrom(body);
        } catch (InvalidProtocolBufferException malformed) {
            throw malformed(malformed);
        }
    }

    static <T extends Message> T unpack(Any any, Class<T> type) {
        try {
            return any.unpack(type);
        } catch (InvalidProtocolBufferException malformed) {
            throw malformed(malformed);
        }
    }

    private static ShelfException malformed(InvalidProtocolBufferException cause) {
        return new ShelfException(
                ErrorCode.INVALID_ARGUMENT, "Flight SQL command is malformed", cause);
    }

    /// Returns the error for a command that this server does not have.
    static RuntimeException unknown(Any command) {
        return Status.UNIMPLEMENTED
                .withDescription("no such Flight SQL command: type=" + command.getTypeUrl())
                .asRuntimeException();
    }
}
