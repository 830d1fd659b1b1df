package dev.arrowshelf.redis.link;

import dev.arrowshelf.redis.link.RedisOptions.Mode;
import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.SslVerifyMode;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.protocol.DecodeBufferPolicies;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import java.io.File;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// The client and its few connections. Owns them until [#close].
final class Connections implements AutoCloseable {
    /// Two keep a server busy; more make large replies wait for each other.
    private static final int USEFUL_CONNECTIONS = 2;

    private static final int RECEIVE_BYTES = 1 << 20;
    private static final Duration RECONNECT_EVERY = Duration.ofMillis(200);
    private static final Duration TOPOLOGY_EVERY = Duration.ofSeconds(2);
    private static final Duration TOPOLOGY_AGAIN = Duration.ofMillis(250);
    private static final long FIRST_CONNECT_MILLIS = 1000;

    private final RedisOptions options;
    private final SocketAddress single;
    private final ClientResources resources;
    private final AbstractRedisClient client;
    private final List<StatefulConnection<byte[], Outgoing>> open;
    private final List<RedisClusterAsyncCommands<byte[], Outgoing>> commands;
    private final AtomicBoolean refreshing = new AtomicBoolean();

    private Connections(
            RedisOptions options,
            ClientResources resources,
            AbstractRedisClient client,
            List<StatefulConnection<byte[], Outgoing>> open) {
        this.options = options;
        this.single = single(options.url());
        this.resources = resources;
        this.client = client;
        this.open = List.copyOf(open);
        this.commands = this.open.stream().map(Connections::async).toList();
    }

    /// Connects, trying a few times.
    static Connections open(RedisOptions options) {
        ClientResources resources =
                ClientResources.builder()
                        .reconnectDelay(Delay.constant(RECONNECT_EVERY))
                        .nettyCustomizer(new LargeReceives())
                        .build();
        AbstractRedisClient client = client(options, resources);
        int wanted = wanted(options);
        List<StatefulConnection<byte[], Outgoing>> open = new ArrayList<>();
        try {
            while (open.size() < wanted) {
                open.add(connect(client, options));
            }
            return new Connections(options, resources, client, open);
        } catch (RuntimeException failure) {
            shutdown(client, resources);
            throw Failures.asShelfException(
                    failure, "connect to " + options.url(), "", options.mode() == Mode.CLUSTER);
        }
    }

    /// Returns how many connections to one server are made here.
    static int wanted(RedisOptions options) {
        return Math.min(USEFUL_CONNECTIONS, options.limits().connections());
    }

    /// Returns the commands of one of the connections.
    RedisClusterAsyncCommands<byte[], Outgoing> commands(int turn) {
        return commands.get(turn % commands.size());
    }

    /// Returns the commands of each master.
    List<RedisClusterCommands<byte[], Outgoing>> masters() {
        return switch (open.getFirst()) {
            case StatefulRedisClusterConnection<byte[], Outgoing> cluster -> masters(cluster);
            case StatefulRedisConnection<byte[], Outgoing> single -> List.of(single.sync());
            default -> throw new IllegalStateException("connection is of no known kind");
        };
    }

    private static List<RedisClusterCommands<byte[], Outgoing>> masters(
            StatefulRedisClusterConnection<byte[], Outgoing> cluster) {
        List<RedisClusterCommands<byte[], Outgoing>> masters = new ArrayList<>();
        for (RedisClusterNode node : cluster.getPartitions()) {
            if (node.is(RedisClusterNode.NodeFlag.UPSTREAM) && !node.getSlots().isEmpty()) {
                masters.add(cluster.getConnection(node.getNodeId()).sync());
            }
        }
        return masters;
    }

    /// Returns whether this is a cluster.
    boolean isCluster() {
        return options.mode() == Mode.CLUSTER;
    }

    /// Looks anew which node of a cluster has which slot; returns at once.
    void refresh() {
        if (client instanceof RedisClusterClient cluster && refreshing.compareAndSet(false, true)) {
            CompletionStage<Void> done = cluster.refreshPartitionsAsync();
            // A failure is nothing new: what is retried meanwhile says so.
            var _ = done.whenComplete((_, _) -> refreshing.set(false));
        }
    }

    /// Returns where a key's value lies, as far as it can be reached by a plain connection.
    @Nullable SocketAddress server(byte[] key) {
        if (options.url().secure() || BulkLanes.most(options) == 0) {
            return null;
        }
        return switch (options.mode()) {
            case SENTINEL -> null;
            case SINGLE -> single;
            case CLUSTER -> ofSlot(SlotHash.getSlot(key));
        };
    }

    private @Nullable SocketAddress ofSlot(int slot) {
        if (!(client instanceof RedisClusterClient cluster)) {
            return null;
        }
        RedisClusterNode node = cluster.getPartitions().getPartitionBySlot(slot);
        return node == null
                ? null
                : InetSocketAddress.createUnresolved(
                        node.getUri().getHost(), node.getUri().getPort());
    }

    private static SocketAddress single(RedisAddress address) {
        if (!address.socketPath().isEmpty()) {
            return UnixDomainSocketAddress.of(address.socketPath());
        }
        RedisAddress.Node node = address.nodes().getFirst();
        return InetSocketAddress.createUnresolved(node.host(), node.port());
    }

    /// Idempotent.
    @Override
    public void close() {
        shutdown(client, resources);
    }

    private static void shutdown(AbstractRedisClient client, ClientResources resources) {
        client.shutdown(0, 1, TimeUnit.SECONDS);
        resources.shutdown(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }

    private static RedisClusterAsyncCommands<byte[], Outgoing> async(
            StatefulConnection<byte[], Outgoing> connection) {
        return switch (connection) {
            case StatefulRedisClusterConnection<byte[], Outgoing> cluster -> cluster.async();
            case StatefulRedisConnection<byte[], Outgoing> single -> single.async();
            default -> throw new IllegalStateException("connection is of no known kind");
        };
    }

    private static StatefulConnection<byte[], Outgoing> connect(
            AbstractRedisClient client, RedisOptions options) {
        boolean cluster = options.mode() == Mode.CLUSTER;
        for (int attempt = 1; ; attempt++) {
            try {
                return switch (client) {
                    case RedisClusterClient many -> many.connect(SegmentCodec.INSTANCE);
                    case RedisClient one -> one.connect(SegmentCodec.INSTANCE);
                    default -> throw new IllegalStateException("client is of no known kind");
                };
            } catch (RuntimeException failure) {
                if (attempt >= options.retry().attempts() || !Failures.mayPass(failure, cluster)) {
                    throw failure;
                }
                pause(Math.min(options.retry().delay().toMillis(), FIRST_CONNECT_MILLIS) * attempt);
            }
        }
    }

    private static void pause(long millis) {
        try {
            boolean _ = new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static AbstractRedisClient client(RedisOptions options, ClientResources resources) {
        List<RedisURI> addresses = addresses(options);
        if (options.mode() == Mode.CLUSTER) {
            RedisClusterClient client = RedisClusterClient.create(resources, addresses);
            client.setOptions(clusterOptions(options));
            return client;
        }
        RedisClient client = RedisClient.create(resources, addresses.getFirst());
        client.setOptions(common(ClientOptions.builder(), options).build());
        return client;
    }

    private static ClusterClientOptions clusterOptions(RedisOptions options) {
        ClusterClientOptions.Builder builder = ClusterClientOptions.builder();
        ClientOptions.Builder _ = common(builder, options);
        return builder.topologyRefreshOptions(
                        ClusterTopologyRefreshOptions.builder()
                                .enableAllAdaptiveRefreshTriggers()
                                .adaptiveRefreshTriggersTimeout(TOPOLOGY_AGAIN)
                                .enablePeriodicRefresh(TOPOLOGY_EVERY)
                                .build())
                .build();
    }

    private static ClientOptions.Builder common(
            ClientOptions.Builder builder, RedisOptions options) {
        RedisOptions.Limits limits = options.limits();
        builder.disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .decodeBufferPolicy(DecodeBufferPolicies.alwaysSome())
                .socketOptions(
                        SocketOptions.builder()
                                .connectTimeout(limits.connectTimeout())
                                .keepAlive(limits.keepAlive())
                                .tcpNoDelay(true)
                                .build())
                .timeoutOptions(TimeoutOptions.enabled(limits.timeout()));
        RedisOptions.Tls tls = options.tls();
        if (options.url().secure()) {
            SslOptions.Builder ssl = SslOptions.builder().jdkSslProvider();
            if (!tls.caFile().isEmpty()) {
                ssl.trustManager(new File(tls.caFile()));
            }
            if (!tls.certificateFile().isEmpty()) {
                ssl.keyManager(
                        new File(tls.certificateFile()), new File(tls.keyFile()), new char[0]);
            }
            builder.sslOptions(ssl.build());
        }
        return builder;
    }

    private static List<RedisURI> addresses(RedisOptions options) {
        RedisAddress address = options.url();
        if (!address.socketPath().isEmpty()) {
            return List.of(finished(RedisURI.Builder.socket(address.socketPath()), options));
        }
        if (options.mode() == Mode.SENTINEL) {
            RedisURI.Builder builder = RedisURI.builder();
            builder.withSentinelMasterId(address.sentinelMaster());
            for (RedisAddress.Node node : address.nodes()) {
                builder.withSentinel(node.host(), node.port());
            }
            return List.of(finished(builder, options));
        }
        return address.nodes().stream()
                .map(node ->
                        finished(
                                RedisURI.builder().withHost(node.host()).withPort(node.port()),
                                options))
                .toList();
    }

    private static RedisURI finished(RedisURI.Builder builder, RedisOptions options) {
        RedisAddress address = options.url();
        builder.withTimeout(options.limits().timeout());
        if (address.socketPath().isEmpty()) {
            builder.withSsl(address.secure())
                    .withVerifyPeer(
                            options.tls().verify() ? SslVerifyMode.FULL : SslVerifyMode.NONE);
        }
        if (options.mode() != Mode.CLUSTER) {
            builder.withDatabase(address.database());
        }
        RedisOptions.Login login = options.login();
        if (!login.user().isEmpty()) {
            builder.withAuthentication(login.user(), login.password().toCharArray());
        } else if (!login.password().isEmpty()) {
            builder.withPassword(login.password().toCharArray());
        }
        return builder.build();
    }

    /// Receives large values in large steps.
    private static final class LargeReceives implements NettyCustomizer {
        @Override
        public void afterBootstrapInitialized(Bootstrap bootstrap) {
            bootstrap.option(
                    ChannelOption.RCVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(RECEIVE_BYTES));
        }
    }
}
