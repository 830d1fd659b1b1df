package dev.arrowshelf.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.redis.file.FileComparison;
import dev.arrowshelf.redis.gen.DataSetGenerator;
import dev.arrowshelf.redis.gen.GenOptions;
import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.layout.Manifest;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.redis.read.ReadOptions;
import dev.arrowshelf.redis.read.ReadReport;
import dev.arrowshelf.redis.read.ReadTarget;
import dev.arrowshelf.redis.split.SplitOptions;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import io.lettuce.core.cluster.SlotHash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real cluster of three masters and three replicas.
final class ClusterIT {
    private static final int SLOTS_A_MASTER = 5461;

    private static PrivateCluster cluster;
    private static Path file;
    @TempDir private static Path folder;

    @BeforeAll
    static void start() throws IOException {
        cluster = PrivateCluster.start();
        file = folder.resolve("source.arrow");
        new DataSetGenerator(
                        new GenOptions(
                                12,
                                4,
                                5000,
                                Compression.ZSTD,
                                new GenOptions.Strings(true, 500),
                                9,
                                2),
                        new Progress())
                .write(file);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static DataSets connect() {
        return DataSets.connect(
                RedisOptions.of(cluster.url())
                        .withMode(RedisOptions.Mode.CLUSTER)
                        .withRetry(
                                new RedisOptions.RetryOptions(
                                        3, Duration.ofMillis(100), Duration.ofSeconds(90)))
                        .withLimits(
                                new RedisOptions.Limits(
                                        50,
                                        16 << 20,
                                        Duration.ofSeconds(3),
                                        Duration.ofSeconds(3),
                                        true)));
    }

    @Test
    void partitionsSpreadOverAllMastersAndComeBackWhole() throws IOException {
        try (DataSets sets = connect()) {
            for (Layout layout : List.of(Layout.ARROWSHELF, Layout.ARROWREDIS)) {
                sets.split(file, SplitOptions.of("spread").withLayout(layout));
                for (int master = 0; master < 3; master++) {
                    assertThat(cluster.commands(master).dbsize()).isPositive();
                }
                requireWhole(sets, "spread");
                assertThat(sets.list()).containsKey("spread");
                sets.delete("spread");
                assertThat(sets.list()).isEmpty();
            }
        }
    }

    @Test
    void slotsThatMigrateWhileDataIsReadAndWrittenLoseNothing() throws IOException {
        try (DataSets sets = connect()) {
            Manifest manifest = sets.split(file, SplitOptions.of("moving")).manifest();
            byte[] key =
                    new DataSetKeys("moving").chunk(Layout.ARROWSHELF, manifest.generation(), 5, 0);
            int slot = SlotHash.getSlot(key);
            int owner = Math.min(2, slot / SLOTS_A_MASTER);
            AtomicBoolean done = new AtomicBoolean();
            CompletableFuture<Integer> load = underLoad(sets, "moving", done);
            for (int round = 0; round < 4; round++) {
                int to = (owner + 1) % 3;
                cluster.migrate(slot, owner, to);
                owner = to;
            }
            done.set(true);
            assertThat(load.join()).isPositive();
            requireWhole(sets, "moving");
            sets.delete("moving");
        }
    }

    @Test
    void aMasterThatDiesUnderLoadLosesNothingThatItsReplicaHas() throws IOException {
        try (DataSets sets = connect()) {
            sets.split(file, SplitOptions.of("failing"));
            PrivateCluster.await(
                    "replica has everything",
                    () -> cluster.commands(2).dbsize().equals(cluster.commands(5).dbsize()));
            AtomicBoolean done = new AtomicBoolean();
            CompletableFuture<Integer> load = underLoad(sets, "failing", done);
            cluster.node(2).kill();
            PrivateCluster.await(
                    "the replica has taken over",
                    () -> cluster.commands(5).info("replication").contains("role:master"));
            requireWhole(sets, "failing");
            done.set(true);
            assertThat(load.join()).isPositive();
            // Writing too finds the new master.
            sets.split(file, SplitOptions.of("failing"));
            requireWhole(sets, "failing");
            sets.delete("failing");
        }
    }

    @Test
    void aSlotThatNobodyServesIsAnErrorInTimeAndPasses() throws IOException {
        RedisOptions.RetryOptions hasty =
                new RedisOptions.RetryOptions(2, Duration.ofMillis(20), Duration.ofMillis(200));
        RedisOptions options =
                RedisOptions.of(cluster.url()).withMode(RedisOptions.Mode.CLUSTER).withRetry(hasty);
        try (DataSets sets = connect();
                DataSets impatient = DataSets.connect(options)) {
            Manifest manifest = sets.split(file, SplitOptions.of("hole")).manifest();
            DataSetKeys keys = new DataSetKeys("hole");
            int slot = SLOTS_A_MASTER; // the third master may have been killed
            for (int part = 0; slot >= SLOTS_A_MASTER; part++) {
                byte[] key = keys.chunk(Layout.ARROWSHELF, manifest.generation(), part, 0);
                slot = SlotHash.getSlot(key);
            }
            cluster.commands(0).clusterDelSlots(slot);
            PrivateCluster.await("it is noticed", () -> !cluster.isWhole(0));
            assertThatThrownBy(() -> impatient.read(ReadOptions.of("hole"), ReadTarget.nowhere()))
                    .extracting(failure -> ((ShelfException) failure).code())
                    .isEqualTo(ErrorCode.UNAVAILABLE);
            cluster.commands(0).clusterAddSlots(slot);
            PrivateCluster.await("all are served again", () -> cluster.isWhole(0));
            requireWhole(sets, "hole");
            sets.delete("hole");
        }
    }

    @Test
    void nodesThatDoNotAgreeAreWaitedForAndTheErrorSaysSo() {
        byte[] key = "{disagreed}".getBytes(StandardCharsets.UTF_8);
        int slot = SlotHash.getSlot(key);
        int owner = cluster.masterOf(slot);
        assertThat(owner).as("the third master may have been killed").isLessThan(2);
        cluster.disagree(slot, owner, 1 - owner);
        try (RedisLink impatient = RedisLink.connect(changing(Duration.ofSeconds(2)));
                RedisLink patient = RedisLink.connect(changing(Duration.ofSeconds(60)))) {
            assertThatThrownBy(() -> impatient.get(key).join())
                    .cause()
                    .isInstanceOf(ShelfException.class)
                    .hasMessageContaining("Redis Cluster is changing")
                    .hasMessageContaining("slot=" + slot + ", node=127.0.0.1:")
                    .extracting(failure -> ((ShelfException) failure).code())
                    .isEqualTo(ErrorCode.UNAVAILABLE);

            CompletableFuture<Optional<byte[]>> waiting = patient.get(key);
            PrivateCluster.await("it tries again", () -> patient.retries() > 2);
            assertThat(waiting).isNotDone();
            cluster.agree(slot, owner);
            assertThat(waiting.join()).isEmpty();
        } finally {
            cluster.agree(slot, owner);
        }
    }

    /// Commands are given up at once, but may wait so long for an answer.
    private static RedisOptions changing(Duration timeout) {
        RedisOptions options = RedisOptions.of(cluster.url()).withMode(RedisOptions.Mode.CLUSTER);
        return options.withRetry(
                        new RedisOptions.RetryOptions(2, Duration.ofMillis(20), Duration.ZERO))
                .withLimits(
                        new RedisOptions.Limits(
                                50, 16 << 20, timeout, Duration.ofSeconds(3), true));
    }

    /// Reads, and splits other data, until told to stop; returns how many rounds there were.
    private static CompletableFuture<Integer> underLoad(
            DataSets sets, String prefix, AtomicBoolean done) {
        return Aside.call(() -> {
            int rounds = 0;
            while (!done.get() || rounds == 0) {
                ReadReport report = sets.read(ReadOptions.of(prefix), ReadTarget.nowhere());
                assertThat(report.rows()).isEqualTo(12 * 4 * 5000);
                sets.split(file, SplitOptions.of(prefix + "-other"));
                rounds++;
            }
            sets.delete(prefix + "-other");
            return rounds;
        });
    }

    private static void requireWhole(DataSets sets, String prefix) throws IOException {
        Path back = folder.resolve("back");
        sets.read(ReadOptions.of(prefix), ReadTarget.file(back, Optional.empty()));
        assertThat(new FileComparison(file, back, new Progress()).difference()).isEmpty();
    }
}
