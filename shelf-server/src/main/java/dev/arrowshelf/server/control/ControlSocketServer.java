package dev.arrowshelf.server.control;

import dev.arrowshelf.server.search.ConditionalSearch;
import dev.arrowshelf.server.search.SearchService;
import dev.arrowshelf.server.sql.SqlService;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.owner.ShelfOwner;
import dev.arrowshelf.store.tier.SharedTables;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/// Listens on `shelf.sock` and serves each local client on a platform thread of its own: a request
/// costs one wake-up and no hand-over.
///
/// Thread rule: [#close] from any thread, also from a connection's. Memory rule: owns the socket
/// file and the connections, not the owner of the shelf. Only processes of the shelf's user get in:
/// the directory is 0700, the socket 0600, and the peer's user is asked of the kernel.
public final class ControlSocketServer implements AutoCloseable {
    private static final Logger LOGGER = System.getLogger(ControlSocketServer.class.getName());
    private static final int PATH_LIMIT_BYTES = 107;
    private static final int BACKLOG = 512;
    private static final int STACK_BYTES = 8 << 20;
    private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(5);

    private final ShelfOwner owner;
    private final SqlService sql;
    private final ConditionalSearch search;
    private final TierVerbs tier;
    private final Runnable shutdown;
    private final Path socket;
    private final ServerSocketChannel listener;
    private final UserPrincipal user;
    private final int connectionLimit;
    private final Map<Thread, ControlConnection> connections = new ConcurrentHashMap<>();
    private final LongAdder requests = new LongAdder();
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final ClientWatch clients = new ClientWatch();
    private final Thread acceptor;

    private ControlSocketServer(
            ShelfOwner owner,
            SqlService sql,
            SearchService search,
            TierVerbs tier,
            Runnable shutdown,
            int connectionLimit)
            throws IOException {
        this.owner = owner;
        this.sql = sql;
        this.search = new ConditionalSearch(search, sql);
        this.tier = tier;
        this.shutdown = shutdown;
        this.connectionLimit = connectionLimit;
        this.socket = owner.directory().resolve("shelf.sock");
        this.user = Files.getOwner(owner.directory());
        this.listener = listen(socket);
        this.acceptor =
                Thread.ofPlatform().daemon().name("shelf-control-accept").unstarted(this::accept);
    }

    /// Begins to listen in the owner's directory.
    ///
    /// @param sql runs the queries
    /// @param search runs the vector searches
    /// @param shared tables that other hosts share; null without a tier
    /// @param shutdown called once on a connection's thread when a client sent SHUTDOWN, after the
    ///   reply
    /// @param connectionLimit connections at once; more are answered with `BUSY`
    /// @throws ShelfException `IO`, `INVALID_ARGUMENT` when the directory's path is too long for a
    ///   socket
    public static ControlSocketServer start(
            ShelfOwner owner,
            SqlService sql,
            SearchService search,
            @Nullable SharedTables shared,
            Runnable shutdown,
            int connectionLimit) {
        try {
            ControlSocketServer server =
                    new ControlSocketServer(
                            owner,
                            sql,
                            search,
                            new TierVerbs(owner, shared),
                            shutdown,
                            connectionLimit);
            server.acceptor.start();
            return server;
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.IO,
                    "cannot listen on the control socket: directory=" + owner.directory(),
                    failure);
        }
    }

    /// How many requests came so far.
    public long requests() {
        return requests.sum();
    }

    private static ServerSocketChannel listen(Path socket) throws IOException {
        int length = socket.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        if (length > PATH_LIMIT_BYTES) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "shelf directory is too long for a Unix socket: socket="
                            + socket
                            + ", bytes="
                            + length
                            + ", greatest="
                            + PATH_LIMIT_BYTES);
        }
        Files.deleteIfExists(socket);
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            listener.bind(UnixDomainSocketAddress.of(socket), BACKLOG);
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            return listener;
        } catch (IOException | RuntimeException failure) {
            listener.close();
            throw failure;
        }
    }

    private void accept() {
        while (open.get()) {
            try {
                admit(listener.accept());
            } catch (ClosedChannelException _) {
                return;
            } catch (IOException failure) {
                LOGGER.log(Level.WARNING, "cannot accept a control connection", failure);
            }
        }
    }

    private void admit(SocketChannel channel) throws IOException {
        if (!channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().equals(user)) {
            LOGGER.log(
                    Level.WARNING,
                    "control connection of another user refused: user={0}",
                    channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user());
            channel.close();
            return;
        }
        if (connections.size() >= connectionLimit) {
            try (channel) {
                Reply reply = new Reply();
                reply.fail(ErrorCode.BUSY, "too many control connections: open=" + connectionLimit);
                channel.write(reply.finish());
            }
            return;
        }
        ControlConnection connection =
                new ControlConnection(
                        channel,
                        new VerbHandler(
                                owner,
                                new QueryVerbs(owner, sql, gone -> clients.begin(channel, gone)),
                                search,
                                tier,
                                shutdown),
                        requests);
        Thread thread =
                Thread.ofPlatform()
                        .daemon()
                        .stackSize(STACK_BYTES)
                        .name("shelf-control")
                        .unstarted(() -> serve(connection));
        connections.put(thread, connection);
        thread.start();
    }

    private void serve(ControlConnection connection) {
        try {
            connection.run();
        } finally {
            connections.remove(Thread.currentThread());
        }
    }

    /// Stops listening, ends the connections (their open puts are aborted) and removes the socket.
    /// Idempotent.
    @Override
    public void close() {
        if (!open.compareAndSet(true, false)) {
            return;
        }
        try {
            listener.close();
            for (ControlConnection connection : connections.values()) {
                connection.close();
            }
            Files.deleteIfExists(socket);
        } catch (IOException failure) {
            LOGGER.log(
                    Level.WARNING,
                    "cannot close the control socket cleanly: socket=" + socket,
                    failure);
        }
        awaitConnections();
        clients.close();
    }

    private void awaitConnections() {
        long deadline = System.nanoTime() + CLOSE_DEADLINE.toNanos();
        for (Thread thread : connections.keySet()) {
            long left = deadline - System.nanoTime();
            try {
                if (!thread.equals(Thread.currentThread())
                        && left > 0
                        && !thread.join(Duration.ofNanos(left))) {
                    LOGGER.log(
                            Level.WARNING,
                            "a control connection did not end in time: thread={0}",
                            thread.getName());
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
