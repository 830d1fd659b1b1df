package dev.arrowshelf.server;

import dev.arrowshelf.server.control.ControlSocketServer;
import dev.arrowshelf.server.flight.FlightService;
import dev.arrowshelf.server.rpc.RpcOptions;
import dev.arrowshelf.server.rpc.RpcRoutes;
import dev.arrowshelf.server.rpc.RpcServer;
import dev.arrowshelf.server.search.SearchService;
import dev.arrowshelf.server.sql.SqlService;
import dev.arrowshelf.sql.tables.TableSource;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.owner.ShelfOwner;
import dev.arrowshelf.store.table.OwnerPort;
import dev.arrowshelf.store.table.TableName;
import dev.arrowshelf.store.table.TableSpace;
import dev.arrowshelf.store.table.put.TablePutter;
import dev.arrowshelf.store.tier.OwnerRecall;
import dev.arrowshelf.store.tier.SharedTables;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.net.BindException;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.jspecify.annotations.Nullable;

/// A daemon: serves the shelf of an owner in this process to local clients and to the network.
///
/// Thread rule: every method from any thread.
///
/// Memory rule: owns its listeners; the owner of the shelf is the caller's, and is closed after the
/// server.
public final class ShelfServer implements AutoCloseable {
    private final ShelfOwner owner;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final HealthStatusManager health = new HealthStatusManager();
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final ControlSocketServer control;
    private final String address;

    private ShelfServer(ServerOptions options, ShelfOwner owner, @Nullable SharedTables shared) {
        this.owner = owner;
        try {
            if (shared != null) {
                parts.push(shared);
            }
            TableSpace space =
                    opened(TableSpace.open(owner.directory(), new OwnerRecall(owner, shared)));
            TablePutter putter = opened(new TablePutter(new OwnerPort(owner)));
            SearchService search = opened(new SearchService(owner, space, putter));
            TableSource tables =
                    TableSource.of(space)
                            .withDetails(name -> owner.details(TableName.toKey(name)))
                            .withNearest(search::rows);
            SqlService sql = opened(new SqlService(tables, putter, options.sql()));
            RpcServer rpc =
                    opened(
                            listen(
                                    options,
                                    new FlightService(owner, space, putter, sql, search, shared)));
            this.control =
                    opened(
                            ControlSocketServer.start(
                                    owner,
                                    sql,
                                    search,
                                    shared,
                                    ended::countDown,
                                    options.connectionLimit()));
            this.address = options.withPort(rpc.port()).address();
            owner.setAddress(address);
        } catch (Throwable failure) {
            closeParts();
            throw failure;
        }
        health.setStatus(FlightServiceGrpc.SERVICE_NAME, ServingStatus.SERVING);
    }

    /// Begins to serve; the address stands in the control block when every listener is ready.
    ///
    /// @throws ShelfException `IO` naming host and port, and who holds it when one is in use;
    ///   `INVALID_ARGUMENT` for a host that is not known
    public static ShelfServer start(ServerOptions options, ShelfOwner owner) {
        return new ShelfServer(options, owner, null);
    }

    /// Begins to serve a shelf whose tables other hosts share. The server closes what it is given
    /// to share by.
    public static ShelfServer start(
            ServerOptions options, ShelfOwner owner, @Nullable SharedTables shared) {
        return new ShelfServer(options, owner, shared);
    }

    private RpcServer listen(ServerOptions options, FlightService flight) {
        RpcRoutes.Builder routes =
                RpcRoutes.builder().host(health.getHealthService().bindService());
        flight.addTo(routes);
        try {
            return RpcServer.start(
                    RpcOptions.of(options.host(), options.port(), options.connectionLimit()),
                    routes.build());
        } catch (BindException inUse) {
            throw new ShelfException(
                    ErrorCode.IO,
                    "cannot listen: host=%s, port=%d, error=%s%s"
                            .formatted(
                                    options.host(),
                                    options.port(),
                                    inUse.getMessage(),
                                    PortHolder.describe(options.port())),
                    inUse);
        } catch (UnknownHostException unknown) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "host is not known: host=" + options.host(),
                    unknown);
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.IO,
                    "cannot listen: host=%s, port=%d".formatted(options.host(), options.port()),
                    failure);
        }
    }

    private <T extends AutoCloseable> T opened(T part) {
        parts.push(part);
        return part;
    }

    /// Returns `host:port` as clients name it.
    public String address() {
        return address;
    }

    /// Returns how many requests local clients have made.
    public long requests() {
        return control.requests();
    }

    /// Waits until a client asked the daemon to stop, or until it is closed.
    public void awaitTermination() throws InterruptedException {
        ended.await();
    }

    /// Stops listening; requests under way come to an end or are cut off after a deadline.
    /// Idempotent.
    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            health.enterTerminalState();
            owner.setAddress("");
            closeParts();
            ended.countDown();
        }
    }

    private void closeParts() {
        RuntimeException first = null;
        for (AutoCloseable part = parts.poll(); part != null; part = parts.poll()) {
            try {
                part.close();
            } catch (Exception failure) {
                RuntimeException unchecked =
                        failure instanceof RuntimeException already
                                ? already
                                : new IllegalStateException(failure);
                if (first == null) {
                    first = unchecked;
                } else {
                    first.addSuppressed(unchecked);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
