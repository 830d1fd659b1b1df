package dev.arrowshelf.redis.tier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.redis.Aside;
import dev.arrowshelf.redis.PrivateCluster;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.testkit.Deadline;
import dev.arrowshelf.testkit.TemporaryShelf;
import io.lettuce.core.cluster.SlotHash;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Two shelves that share a cluster of three masters and three replicas.
final class TierClusterIT {
    private static final int ROWS = 400_000;
    private static final int PARTITION_ROWS = 50_000;
    private static final int NAMES = 9;
    private static final Duration RARELY = Duration.ofHours(1);

    private static PrivateCluster cluster;

    @RegisterExtension private final TemporaryShelf temporary = new TemporaryShelf();

    private Shelf here;
    private Shelf there;

    @BeforeAll
    static void start() throws IOException {
        cluster = PrivateCluster.start();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void open() {
        here = host("here");
        there = host("there");
    }

    @AfterEach
    void close() {
        here.close();
        there.close();
    }

    private Shelf host(String name) {
        RedisOptions options = RedisOptions.of(cluster.url()).withMode(RedisOptions.Mode.CLUSTER);
        return TierHosts.open(temporary, name, RedisTier.open(options, "shelf"), RARELY);
    }

    private long publish(String name, long seed) {
        LongTables.put(
                here, name, ROWS, seed, PutOptions.DEFAULT.withPartitions(PARTITION_ROWS, 0));
        return here.publish(name).orElseThrow();
    }

    @Test
    void slotsThatMigrateUnderPublishingAndReadingLoseAndMixNothing() {
        long first = publish("t", 1);
        AtomicBoolean done = new AtomicBoolean();
        CompletableFuture<Long> publishing =
                Aside.call(() -> {
                    long seed = 1;
                    while (!done.get() || seed < 3) {
                        publish("t", ++seed);
                    }
                    return seed;
                });
        CompletableFuture<Long> reading =
                Aside.call(() -> {
                    long last = 0;
                    do {
                        there.promote("t", first);
                        long seed = LongTables.seed(there, "t");
                        assertThat(seed).isGreaterThanOrEqualTo(last);
                        last = seed;
                    } while (!publishing.isDone());
                    return last;
                });
        for (String key : new String[] {"shelf:t:manifest", "{shelf:t/00000}", "{shelf:t/00003}"}) {
            int slot = SlotHash.getSlot(key);
            int owner = cluster.masterOf(slot);
            cluster.migrate(slot, owner, (owner + 1) % 3);
            cluster.migrate(slot, (owner + 1) % 3, owner);
        }
        done.set(true);
        long last = publishing.join();
        assertThat(reading.join()).isPositive();
        there.promote("t", 0);
        assertThat(LongTables.seed(there, "t")).isEqualTo(last);

        here.delete("t");
        there.promote("t", 0);
        assertThat(there.find("t")).isNull();
        for (int master = 0; master < 3; master++) {
            assertThat(cluster.commands(master).keys("*:g*")).as("master " + master).isEmpty();
        }
    }

    @Test
    void aMasterThatDiesMakesMissesAndLosesNothingThatItsReplicaHas() {
        for (int i = 0; i < NAMES; i++) {
            publish("t" + i, i);
        }
        for (int master = 0; master < 3; master++) {
            int number = master;
            PrivateCluster.await(
                    "replica has everything",
                    () ->
                            cluster.commands(number)
                                    .dbsize()
                                    .equals(cluster.commands(number + 3).dbsize()));
        }
        AtomicBoolean done = new AtomicBoolean();
        CompletableFuture<Integer> reading = Aside.call(() -> misses(done));
        cluster.node(2).kill();
        long told = 0;
        Deadline failover = Deadline.ofSeconds(90);
        for (int seed = 100; told == 0 || !cluster.isMaster(5); seed++) {
            assertThat(failover.hasPassed()).as("no replica takes over").isFalse();
            told = Math.max(told, publishOrFail("w", seed).orElse(0));
        }
        Deadline.ofSeconds(60)
                .await("the tier is back", () -> isOn(here) && isOn(there) && !isMissing("t0"));
        done.set(true);
        assertThat(reading.join()).as("rounds").isPositive();
        there.deleteAll();
        for (int i = 0; i < NAMES; i++) {
            int seed = i;
            Deadline.ofSeconds(60).await("it is found", () -> !isMissing("t" + seed));
            assertThat(LongTables.seed(there, "t" + i)).isEqualTo(i);
        }
        publish("w", 1);
        there.promote("w", told);
        assertThat(LongTables.seed(there, "w")).as("the new master is written to").isEqualTo(1);
    }

    /// Asks for all tables again and again, as if they had never been here; each is right or a
    /// miss.
    private int misses(AtomicBoolean done) {
        int rounds = 0;
        while (!done.get() || rounds == 0) {
            there.deleteAll();
            for (int i = 0; i < NAMES; i++) {
                try (ShelfTable table = there.find("t" + i)) {
                    if (table != null) {
                        assertThat(LongTables.seed(table)).isEqualTo(i);
                    }
                }
            }
            rounds++;
        }
        return rounds;
    }

    private boolean isMissing(String name) {
        try (ShelfTable table = there.find(name)) {
            return table == null;
        }
    }

    private OptionalLong publishOrFail(String name, long seed) {
        try {
            return OptionalLong.of(publish(name, seed));
        } catch (ShelfException failure) {
            assertThat(failure.code()).isEqualTo(ErrorCode.UNAVAILABLE);
            return OptionalLong.empty();
        }
    }

    private static boolean isOn(Shelf shelf) {
        return "on".equals(shelf.status().features().get("tier"));
    }
}
