package dev.arrowshelf.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.redis.gen.DataSetGenerator;
import dev.arrowshelf.redis.gen.GenOptions;
import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.redis.process.PrivateRedis;
import dev.arrowshelf.redis.process.PrivateSentinel;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.redis.read.ReadOptions;
import dev.arrowshelf.redis.read.ReadTarget;
import dev.arrowshelf.redis.split.SplitOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.sentinel.api.sync.RedisSentinelCommands;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A master that Sentinel watches, and its replica.
final class SentinelIT {
    @TempDir private Path folder;

    @Test
    void readsAndSplitsGoOnOnTheReplicaThatTakesOver() throws IOException {
        Path file = folder.resolve("source.arrow");
        new DataSetGenerator(
                        new GenOptions(
                                4,
                                4,
                                5000,
                                Compression.NONE,
                                new GenOptions.Strings(true, 500),
                                9,
                                2),
                        new Progress())
                .write(file);
        try (PrivateRedis master = PrivateRedis.start("--repl-diskless-sync-delay", "0");
                PrivateRedis replica =
                        PrivateRedis.start(
                                "--replicaof", "127.0.0.1", Integer.toString(master.port()));
                PrivateSentinel sentinel = PrivateSentinel.watch(master, folder);
                RedisClient client = RedisClient.create(sentinel.ownUrl())) {
            PrivateCluster.await("Sentinel is there", sentinel::accepts);
            RedisSentinelCommands<String, String> watched =
                    client.connectSentinel(RedisURI.create(sentinel.ownUrl())).sync();
            PrivateCluster.await(
                    "the replica is known",
                    () ->
                            watched.replicas("main").stream()
                                    .anyMatch(it -> "ok".equals(it.get("master-link-status"))));
            try (DataSets sets = DataSets.connect(patient(sentinel.url()))) {
                long rows = sets.split(file, SplitOptions.of("data")).manifest().rows();
                AtomicBoolean done = new AtomicBoolean();
                CompletableFuture<Integer> load = Aside.call(() -> rounds(sets, file, rows, done));
                String port = Integer.toString(replica.port());
                watched.failover("main");
                PrivateCluster.await(
                        "the replica has taken over",
                        () -> port.equals(watched.master("main").get("port")));
                PrivateCluster.await("the old master follows", () -> isReplica(master));
                done.set(true);
                assertThat(load.join()).isPositive();
                sets.split(file, SplitOptions.of("data"));
                assertThat(sets.read(ReadOptions.of("data"), ReadTarget.nowhere()).rows())
                        .isEqualTo(rows);
                try (DataSets direct = DataSets.connect(RedisOptions.of(replica.url()))) {
                    assertThat(direct.manifest("data")).isEqualTo(sets.manifest("data"));
                }
            }
        }
    }

    private static boolean isReplica(PrivateRedis redis) {
        try (RedisClient client = RedisClient.create(redis.url())) {
            return client.connect().sync().info("replication").contains("role:slave");
        }
    }

    private static int rounds(DataSets sets, Path file, long rows, AtomicBoolean done)
            throws IOException {
        int rounds = 0;
        while (!done.get() || rounds == 0) {
            assertThat(sets.read(ReadOptions.of("data"), ReadTarget.nowhere()).rows())
                    .isEqualTo(rows);
            sets.split(file, SplitOptions.of("data"));
            rounds++;
        }
        return rounds;
    }

    private static RedisOptions patient(String url) {
        return RedisOptions.of(url)
                .withRetry(
                        new RedisOptions.RetryOptions(
                                3, Duration.ofMillis(50), Duration.ofSeconds(60)));
    }
}
