package dev.arrowshelf.redis.link;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Sends large values by [BulkLanes] to the server that has their slot.
///
/// Thread-safe. Owns the lanes until [#close].
final class BulkRoutes implements AutoCloseable {
    /// From here on a value is worth a connection of its own.
    private static final long LEAST_BYTES = 1 << 16;

    private final RedisOptions options;
    private final Function<byte[], @Nullable SocketAddress> servers;
    private final ScheduledExecutorService scheduler;
    private final Map<SocketAddress, BulkLanes> lanes = new ConcurrentHashMap<>();

    /// Routes by what the other client knows.
    ///
    /// @param servers returns where a key's value lies, or null where it cannot be said
    BulkRoutes(
            RedisOptions options,
            Function<byte[], @Nullable SocketAddress> servers,
            ScheduledExecutorService scheduler) {
        this.options = options;
        this.servers = servers;
        this.scheduler = scheduler;
    }

    /// Sets a value and completes with its CRC-32C, if that is asked for; null when that is the
    /// other client's work.
    @Nullable CompletableFuture<Integer> set(
            byte[] key, ChunkBytes value, Duration timeToLive, boolean summed) {
        boolean large =
                value.bytes() >= LEAST_BYTES
                        && value.pieces().stream().allMatch(BulkRoutes::direct);
        return large ? run(key, new Setting(key, value, timeToLive, summed)) : null;
    }

    /// Reads a value into memory; null when that is the other client's work.
    @Nullable CompletableFuture<RedisLink.Arrived> get(
            byte[] key, MemorySegment target, boolean summed) {
        boolean large = target.byteSize() >= LEAST_BYTES && target.isNative();
        return large ? run(key, new Getting(key, target, summed)) : null;
    }

    /// Heap memory is copied on its way, which is no matter where it is little.
    private static boolean direct(MemorySegment piece) {
        return piece.isNative() || piece.byteSize() < LEAST_BYTES;
    }

    private <T> @Nullable CompletableFuture<T> run(byte[] key, BulkLanes.Command<T> command) {
        SocketAddress server = servers.apply(key);
        return server == null
                ? null
                : lanes.computeIfAbsent(server, it -> new BulkLanes(it, options, scheduler))
                        .run(command);
    }

    private static final class Setting implements BulkLanes.Command<Integer> {
        private final byte[] key;
        private final ChunkBytes value;
        private final Duration timeToLive;
        private final boolean summed;
        private int crc;

        Setting(byte[] key, ChunkBytes value, Duration timeToLive, boolean summed) {
            this.key = key;
            this.value = value;
            this.timeToLive = timeToLive;
            this.summed = summed;
        }

        @Override
        public long bytes() {
            return value.bytes();
        }

        @Override
        public void send(BulkConnection connection) throws IOException {
            crc = connection.sendSet(key, value, timeToLive, summed);
        }

        @Override
        public Integer receive(BulkConnection connection) throws IOException {
            connection.receiveOk();
            return crc;
        }
    }

    private static final class Getting implements BulkLanes.Command<RedisLink.Arrived> {
        private final byte[] key;
        private final MemorySegment target;
        private final boolean summed;

        Getting(byte[] key, MemorySegment target, boolean summed) {
            this.key = key;
            this.target = target;
            this.summed = summed;
        }

        @Override
        public long bytes() {
            return target.byteSize();
        }

        @Override
        public void send(BulkConnection connection) throws IOException {
            connection.sendGet(key);
        }

        @Override
        public RedisLink.Arrived receive(BulkConnection connection) throws IOException {
            return connection.receiveValue(target, summed);
        }
    }

    /// Idempotent.
    @Override
    public void close() {
        lanes.values().forEach(BulkLanes::close);
    }
}
