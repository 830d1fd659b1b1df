package dev.arrowshelf.server.flight;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.arrowshelf.server.flight.search.FlightSearch;
import dev.arrowshelf.server.json.ShelfJson;
import dev.arrowshelf.server.rpc.CallHeaders;
import dev.arrowshelf.server.rpc.RpcRoutes;
import dev.arrowshelf.server.rpc.Statuses;
import dev.arrowshelf.server.search.ConditionalSearch;
import dev.arrowshelf.server.search.SearchCall;
import dev.arrowshelf.server.search.SearchService;
import dev.arrowshelf.server.sql.SqlService;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.owner.ShelfOwner;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.StoredMessages;
import dev.arrowshelf.store.table.TableSlice;
import dev.arrowshelf.store.table.TableSpace;
import dev.arrowshelf.store.table.put.TablePutter;
import dev.arrowshelf.store.tier.SharedTables;
import io.grpc.ServerInterceptors;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.jspecify.annotations.Nullable;

/// The Flight service of a shelf: everything but the data itself, which [GetCall] and [PutCall]
/// move.
///
/// Thread-safe; methods run on worker threads. Borrows the owner, the table space and the putter.
public final class FlightService implements FlightServiceGrpc.AsyncService {
    private static final int CONTINUATION = -1;
    private static final int PREFIX_BYTES = 8;

    private final FlightTables tables;
    private final FlightActions actions;
    private final TablePutter putter;
    private final SqlCommands sql;
    private final SqlPolls polls;
    private final FlightSearch search;

    /// Serves the tables of an owner.
    ///
    /// @param shared the tier's tables; null without a tier
    public FlightService(
            ShelfOwner owner,
            TableSpace space,
            TablePutter putter,
            SqlService sql,
            SearchService search,
            @Nullable SharedTables shared) {
        String shelf = HexFormat.of().formatHex(owner.shelfId());
        this.tables = new FlightTables(space, shelf);
        this.actions = new FlightActions(owner, space, shelf, sql, shared);
        this.putter = putter;
        this.sql = new SqlCommands(sql, new SqlMetadata(space, sql, version()));
        this.search = new FlightSearch(new ConditionalSearch(search, sql));
        this.polls = new SqlPolls(this.sql, this::stored, sql.background());
    }

    private static String version() {
        String version = FlightService.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /// Adds the service to a server's methods.
    public void addTo(RpcRoutes.Builder routes) {
        routes.host(
                        ServerInterceptors.intercept(
                                FlightServiceGrpc.bindService(this), new CallHeaders()))
                .method(
                        FlightServiceGrpc.getDoGetMethod().getFullMethodName(),
                        call -> new GetCall(call, tables, sql, search))
                .method(
                        FlightServiceGrpc.getDoPutMethod().getFullMethodName(),
                        call -> new PutCall(call, tables, putter));
    }

    @Override
    public void listFlights(Flight.Criteria criteria, StreamObserver<Flight.FlightInfo> observer) {
        String prefix = criteria.getExpression().toStringUtf8();
        Iterator<TableInfo> found =
                tables.space().list().stream()
                        .filter(table -> table.name().startsWith(prefix))
                        .filter(table -> !table.name().startsWith(SqlService.RESULT_PREFIX))
                        .iterator();
        ServerCallStreamObserver<Flight.FlightInfo> client =
                (ServerCallStreamObserver<Flight.FlightInfo>) observer;
        client.setOnReadyHandler(new Listing(found, client));
    }

    @Override
    public void getFlightInfo(
            Flight.FlightDescriptor descriptor, StreamObserver<Flight.FlightInfo> observer) {
        answer(observer, () -> infoOf(descriptor));
    }

    private Flight.FlightInfo infoOf(Flight.FlightDescriptor descriptor) {
        Optional<Any> command = SqlCommands.parse(descriptor.getCmd().toByteArray());
        if (command.isPresent()) {
            return sql.info(command.get(), descriptor);
        }
        Optional<SearchCall> searched = SearchCall.parse(descriptor.getCmd().toByteArray());
        if (searched.isPresent()) {
            return FlightSearch.info(searched.get(), descriptor);
        }
        TableRequest request = TableRequest.of(descriptor, tables.shelf());
        try (ShelfTable table = tables.open(request)) {
            return info(table, descriptor, request);
        }
    }

    /// Returns where a table lies that a query made.
    private Flight.FlightInfo stored(String name, Flight.FlightDescriptor descriptor) {
        TableRequest request = TableRequest.whole(name);
        try (ShelfTable table = tables.open(request)) {
            return info(table, descriptor, request);
        }
    }

    @Override
    public void getSchema(
            Flight.FlightDescriptor descriptor, StreamObserver<Flight.SchemaResult> observer) {
        answer(
                observer,
                () -> {
                    Optional<Any> command = SqlCommands.parse(descriptor.getCmd().toByteArray());
                    if (command.isPresent()) {
                        return sql.schemaResult(command.get());
                    }
                    TableRequest request = TableRequest.of(descriptor, tables.shelf());
                    try (ShelfTable table = tables.open(request)) {
                        return Flight.SchemaResult.newBuilder().setSchema(schema(table)).build();
                    }
                });
    }

    @Override
    public void pollFlightInfo(
            Flight.FlightDescriptor descriptor, StreamObserver<Flight.PollInfo> observer) {
        answer(
                observer,
                () ->
                        polls.poll(descriptor)
                                .orElseGet(() ->
                                        Flight.PollInfo.newBuilder()
                                                .setInfo(infoOf(descriptor))
                                                .setProgress(1)
                                                .build()));
    }

    @Override
    public void doAction(Flight.Action action, StreamObserver<Flight.Result> observer) {
        answer(observer, () -> act(action));
    }

    private Flight.Result act(Flight.Action action) {
        if (action.getType().equals(SqlPolls.CANCEL)) {
            return polls.cancel(action.getBody());
        }
        return sql.act(action).or(() -> search.act(action)).orElseGet(() -> actions.run(action));
    }

    @Override
    public void listActions(Flight.Empty empty, StreamObserver<Flight.ActionType> observer) {
        FlightActions.TYPES.forEach(observer::onNext);
        FlightSearch.ACTIONS.forEach(observer::onNext);
        SqlCommands.ACTIONS.forEach(observer::onNext);
        observer.onNext(SqlPolls.ACTION);
        observer.onCompleted();
    }

    private static <T> void answer(StreamObserver<T> observer, Supplier<T> work) {
        try {
            observer.onNext(work.get());
            observer.onCompleted();
        } catch (ShelfException failure) {
            observer.onError(Statuses.of(failure).asRuntimeException());
        } catch (StatusRuntimeException told) {
            observer.onError(told);
        }
    }

    private static Flight.FlightDescriptor path(String name) {
        return Flight.FlightDescriptor.newBuilder()
                .setType(Flight.FlightDescriptor.DescriptorType.PATH)
                .addPath(name)
                .build();
    }

    /// One endpoint for each partition, in order, without a location: to be read here. A part of a
    /// table has one endpoint.
    private Flight.FlightInfo info(
            ShelfTable table, Flight.FlightDescriptor descriptor, TableRequest request) {
        boolean whole = request.partition().isEmpty() && request.slice().equals(TableSlice.ALL);
        Flight.FlightInfo.Builder info =
                Flight.FlightInfo.newBuilder()
                        .setSchema(schema(table))
                        .setFlightDescriptor(descriptor)
                        .setTotalRecords(whole ? table.rowCount() : -1)
                        .setTotalBytes(whole ? table.byteSize() : -1)
                        .setOrdered(true)
                        .setAppMetadata(ByteString.copyFromUtf8(ShelfJson.of(table.info())));
        TableRequest pinned = request.withGeneration(table.generation());
        if (whole && table.partitionCount() > 1) {
            for (int partition = 0; partition < table.partitionCount(); partition++) {
                info.addEndpoint(endpoint(pinned.withPartition(partition)));
            }
        } else {
            info.addEndpoint(endpoint(pinned));
        }
        return info.build();
    }

    private Flight.FlightEndpoint endpoint(TableRequest request) {
        return Flight.FlightEndpoint.newBuilder().setTicket(request.ticket(tables.shelf())).build();
    }

    /// Returns the schema as an encapsulated IPC message.
    private static ByteString schema(ShelfTable table) {
        IpcMessage message = StoredMessages.of(table, 0).messages().getFirst().message();
        int bytes = Math.toIntExact(message.metadata().byteSize());
        ByteBuffer encapsulated =
                ByteBuffer.allocate(PREFIX_BYTES + bytes).order(ByteOrder.LITTLE_ENDIAN);
        encapsulated.putInt(CONTINUATION).putInt(bytes).put(message.metadata().asByteBuffer());
        return ByteString.copyFrom(encapsulated.flip());
    }

    /// Sends facts about tables, as many at a time as the client takes.
    private final class Listing implements Runnable {
        private final Iterator<TableInfo> left;
        private final ServerCallStreamObserver<Flight.FlightInfo> client;
        private boolean ended;

        Listing(Iterator<TableInfo> left, ServerCallStreamObserver<Flight.FlightInfo> client) {
            this.left = left;
            this.client = client;
        }

        @Override
        public void run() {
            try {
                while (client.isReady() && left.hasNext()) {
                    send(left.next().name());
                }
                if (!left.hasNext() && !ended) {
                    ended = true;
                    client.onCompleted();
                }
            } catch (ShelfException failure) {
                ended = true;
                client.onError(Statuses.of(failure).asRuntimeException());
            }
        }

        private void send(String name) {
            try (ShelfTable table = tables.space().find(name)) {
                if (table != null) { // may be gone by now
                    client.onNext(info(table, path(name), TableRequest.whole(name)));
                }
            }
        }
    }
}
