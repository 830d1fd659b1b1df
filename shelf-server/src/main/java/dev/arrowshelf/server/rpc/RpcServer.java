package dev.arrowshelf.server.rpc;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Listens for gRPC clients and answers them by a table of methods.
///
/// Thread-safe. Owns its threads, listeners and connections.
public final class RpcServer implements AutoCloseable {
    private static final Logger LOGGER = System.getLogger(RpcServer.class.getName());
    private static final int BACKLOG = 1024;
    private static final int PORT_TRIES = 20;
    private static final long IDLE_SECONDS = 20;
    /* A frame that lies across two reads is copied together by the codec; long reads hold many whole ones. */
    private static final int LEAST_READ_BYTES = 1 << 10;
    private static final int FIRST_READ_BYTES = 16 << 10;
    private static final int MOST_READ_BYTES = 1 << 20;

    private final RpcOptions options;
    private final EventLoopGroup acceptors =
            new NioEventLoopGroup(1, new DefaultThreadFactory("shelf-accept", true));
    private final EventLoopGroup io;
    private final ForkJoinPool workers;
    private final ChannelGroup connections =
            new DefaultChannelGroup("shelf-rpc", GlobalEventExecutor.INSTANCE, true);
    private final List<Channel> listeners = new ArrayList<>();
    private final ServerBootstrap bootstrap;

    private RpcServer(RpcOptions options, RpcRoutes routes) {
        this.options = options;
        this.io =
                new NioEventLoopGroup(
                        options.ioThreads(), new DefaultThreadFactory("shelf-io", true));
        this.workers = pool(options.workers());
        this.bootstrap =
                new ServerBootstrap()
                        .group(acceptors, io)
                        .channel(NioServerSocketChannel.class)
                        .option(ChannelOption.SO_BACKLOG, BACKLOG)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.SO_KEEPALIVE, true)
                        .childOption(
                                ChannelOption.RCVBUF_ALLOCATOR,
                                new AdaptiveRecvByteBufAllocator(
                                        LEAST_READ_BYTES, FIRST_READ_BYTES, MOST_READ_BYTES))
                        .childHandler(
                                new ChannelInitializer<>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        admit(channel, routes);
                                    }
                                });
    }

    /// The thread that was busy last takes the next call, with its memory still near a processor.
    private static ForkJoinPool pool(int threads) {
        AtomicInteger number = new AtomicInteger();
        return new ForkJoinPool(
                threads,
                pool -> {
                    ForkJoinWorkerThread thread =
                            ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
                    thread.setName("shelf-call-" + number.getAndIncrement());
                    return thread;
                },
                null,
                true,
                0,
                threads,
                0,
                _ -> true, // who waits is not replaced by another thread
                IDLE_SECONDS,
                TimeUnit.SECONDS);
    }

    /// Listens at every address of the host, all with the same port.
    ///
    /// @throws BindException when an address is in use or not one of this machine
    public static RpcServer start(RpcOptions options, RpcRoutes routes) throws IOException {
        RpcServer server = new RpcServer(options, routes);
        try {
            server.listen();
            return server;
        } catch (Throwable failure) {
            server.close();
            throw failure;
        }
    }

    /// Returns the port that was taken.
    public int port() {
        return ((InetSocketAddress) listeners.getFirst().localAddress()).getPort();
    }

    /// Returns the threads that do the work of calls, for services that have some of their own.
    public ExecutorService workers() {
        return workers;
    }

    private void listen() throws IOException {
        InetAddress[] addresses = InetAddress.getAllByName(options.host());
        for (int left = PORT_TRIES; ; left--) {
            try {
                listen(addresses);
                return;
            } catch (BindException inUse) {
                closeListeners();
                if (options.port() != 0 || left == 0) {
                    throw inUse;
                }
            }
        }
    }

    /// A machine may have a name for an address family that it cannot use; the first address
    /// counts.
    private void listen(InetAddress[] addresses) throws BindException {
        int port = options.port();
        for (InetAddress address : addresses) {
            ChannelFuture bound =
                    bootstrap.bind(new InetSocketAddress(address, port)).awaitUninterruptibly();
            if (bound.isSuccess()) {
                listeners.add(bound.channel());
                port = port();
            } else if (listeners.isEmpty() || isInUse(bound.cause())) {
                BindException failure =
                        new BindException(bound.cause().getMessage() + ": " + address + ":" + port);
                failure.initCause(bound.cause());
                throw failure;
            }
        }
    }

    private static boolean isInUse(Throwable failure) {
        return String.valueOf(failure.getMessage()).contains("in use");
    }

    private void admit(Channel channel, RpcRoutes routes) {
        if (connections.size() >= options.connectionLimit()) {
            LOGGER.log(
                    Level.WARNING,
                    "too many connections, one refused: open={0}",
                    options.connectionLimit());
            ChannelFuture _ = channel.close();
            return;
        }
        connections.add(channel);
        channel.pipeline().addLast(RpcConnection.create(routes, workers, options.closeDeadline()));
    }

    /// Stops listening, lets calls under way end until the deadline, cuts off the rest. Idempotent.
    @Override
    public void close() {
        long millis = options.closeDeadline().toMillis();
        closeListeners();
        connections.close().awaitUninterruptibly(millis + 1000);
        workers.shutdown();
        io.shutdownGracefully(0, millis, TimeUnit.MILLISECONDS).awaitUninterruptibly(millis + 1000);
        acceptors.shutdownGracefully(0, 100, TimeUnit.MILLISECONDS).awaitUninterruptibly(1000);
    }

    private void closeListeners() {
        listeners.forEach(listener -> listener.close().awaitUninterruptibly());
        listeners.clear();
    }
}
