package dev.arrowshelf.redis.tier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.redis.Aside;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.redis.process.HeldLine;
import dev.arrowshelf.redis.process.PrivateRedis;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.persist.OutgoingTable;
import dev.arrowshelf.store.persist.SharedTable;
import dev.arrowshelf.store.persist.SharedTier;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.tier.TierAnswer;
import dev.arrowshelf.store.tier.TierAnswer.Outcome;
import dev.arrowshelf.testkit.Deadline;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A tier that goes away, comes back, and changes.
final class TierFaultIT {
    private static final Duration OFTEN = Duration.ofMillis(50);
    private static final Duration RARELY = Duration.ofHours(1);

    /// Less than one call takes that looks for a Redis which is not there.
    private static final Duration AT_ONCE = Duration.ofMillis(1900);

    private static final int LARGE = 8_000_000;

    @RegisterExtension private final TemporaryShelf temporary = new TemporaryShelf();

    @Test
    void theShelfGoesOnWithoutRedisAndSaysSo() throws IOException {
        try (PrivateRedis redis = PrivateRedis.start();
                Shelf shelf = TierHosts.open(temporary, "here", redis.url(), OFTEN)) {
            LongTables.put(shelf, "t", 1000, 1);
            shelf.publish("t");
            assertThat(shelf.status().features()).containsEntry("tier", "on");

            redis.kill();
            assertThat(shelf.find("u")).as("a miss, whatever it took to see it").isNull();
            long begin = System.nanoTime();
            assertThat(shelf.find("u")).isNull();
            RedisTierIT.expect(ErrorCode.UNAVAILABLE, () -> shelf.publish("t"));
            RedisTierIT.expect(ErrorCode.UNAVAILABLE, () -> shelf.promote("t", 0));
            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .as("at once")
                    .isLessThan(AT_ONCE);
            assertThat(LongTables.seed(shelf, "t")).isEqualTo(1);
            LongTables.put(shelf, "v", 1000, 2);
            assertThat(shelf.status().warnings()).anyMatch(text -> text.contains("tier is down"));

            redis.restart();
            Deadline.ofSeconds(40)
                    .await(
                            "the tier is back",
                            () -> "on".equals(shelf.status().features().get("tier")));
            shelf.publish("v");
            shelf.deleteAll();
            assertThat(LongTables.seed(shelf, "v")).isEqualTo(2);
        }
    }

    @Test
    void aShelfOpensWhileNoRedisIsThere() throws IOException {
        int port = PrivateRedis.freePort();
        String url = "redis://127.0.0.1:" + port + "/0";
        try (Shelf shelf = TierHosts.open(temporary, "here", url, RARELY)) {
            LongTables.put(shelf, "t", 10, 1);
            assertThat(shelf.find("u")).isNull();
            try (PrivateRedis _ = PrivateRedis.startAt(port)) {
                Deadline.ofSeconds(40)
                        .await(
                                "the tier is there",
                                () -> "on".equals(shelf.status().features().get("tier")));
                assertThat(shelf.publish("t")).isPresent();
            }
        }
    }

    @Test
    void aStoreThatDiesWithRedisLeavesWhatWasPublishedBefore() throws IOException {
        try (PrivateRedis redis =
                        PrivateRedis.start("--appendonly", "yes", "--appendfsync", "always");
                Shelf here = TierHosts.open(temporary, "here", redis.url(), RARELY)) {
            LongTables.put(here, "t", 1_000_000, 1);
            here.publish("t");
            LongTables.put(here, "t", LARGE, 2);
            long before = chunks(redis);
            CompletableFuture<?> storing = Aside.call(() -> here.publish("t"));
            Deadline.ofSeconds(40)
                    .await(
                            "a part is stored",
                            () -> chunks(redis) > before + 2 || storing.isDone());
            redis.kill();
            boolean died = failed(storing);
            redis.restart();
            Deadline.ofSeconds(40)
                    .await(
                            "the tier is back",
                            () -> "on".equals(here.status().features().get("tier")));

            try (Shelf there = TierHosts.open(temporary, "there", redis.url(), RARELY)) {
                // What died may have been published: only the answer was lost then.
                assertThat(LongTables.seed(there, "t")).isBetween(died ? 1L : 2L, 2L);
                here.publish("t");
                there.promote("t", 0);
                assertThat(LongTables.seed(there, "t")).isEqualTo(2);
            }
            assertThat(chunks(redis)).as("what the dead store left is gone").isBetween(16L, 18L);
        }
    }

    @Test
    void whatRedisForgetsWhileATableIsPublishedIsSentAgain() throws Exception {
        try (PrivateRedis redis = PrivateRedis.start();
                HeldLine line = HeldLine.to(redis);
                Shelf here = TierHosts.open(temporary, "here", line.url(), RARELY)) {
            LongTables.put(here, "t", LARGE, 7);
            line.holdAfter(32 << 20);
            CompletableFuture<OptionalLong> storing = Aside.call(() -> here.publish("t"));
            line.awaitHeld();
            assertThat(chunks(redis)).as("the first half is there").isGreaterThan(2);
            redis.restart();
            assertThat(chunks(redis)).as("and is forgotten").isZero();
            line.release();

            assertThat(storing.join()).isPresent();
            try (Shelf there = TierHosts.open(temporary, "there", redis.url(), RARELY)) {
                assertThat(LongTables.seed(there, "t")).isEqualTo(7);
            }
        }
    }

    @Test
    void whatWasDeletedWhileRedisWasDownDoesNotComeBackHere() throws IOException {
        try (PrivateRedis redis =
                        PrivateRedis.start("--appendonly", "yes", "--appendfsync", "always");
                Shelf here = TierHosts.open(temporary, "here", redis.url(), RARELY);
                Shelf there = TierHosts.open(temporary, "there", redis.url(), RARELY)) {
            LongTables.put(here, "t", 1000, 1);
            here.publish("t");
            redis.kill();
            RedisTierIT.expect(ErrorCode.UNAVAILABLE, () -> here.delete("t"));
            assertThat(here.list()).isEmpty();
            redis.restart();
            awaitOn(here);
            awaitOn(there);

            assertThat(here.find("t")).isNull();
            assertThat(LongTables.seed(there, "t")).as("nobody told").isEqualTo(1);
            assertThat(here.delete("t")).isFalse();
            assertThat(there.promote("t", 0)).isEqualTo(new TierAnswer(Outcome.MISSING, 0));
            assertThat(there.find("t")).isNull();
        }
    }

    private static boolean has(Shelf shelf, String name) {
        return shelf.list().stream().anyMatch(table -> table.name().equals(name));
    }

    private static void awaitOn(Shelf shelf) {
        Deadline.ofSeconds(40)
                .await(
                        "the tier is back",
                        () -> "on".equals(shelf.status().features().get("tier")));
    }

    private static boolean failed(CompletableFuture<?> storing) {
        try {
            storing.join();
            return false;
        } catch (CompletionException failure) {
            assertThat(RedisTierIT.code(failure)).isEqualTo(ErrorCode.UNAVAILABLE);
            return true;
        }
    }

    private static long chunks(PrivateRedis redis) {
        try (RedisLink link = RedisLink.connect(RedisOptions.of(redis.url()))) {
            return link.scan("*:g*".getBytes(StandardCharsets.UTF_8)).size();
        }
    }

    @Test
    void copiesFollowWhatIsPublishedAlsoAfterARestart() throws IOException {
        try (PrivateRedis redis = PrivateRedis.start();
                Shelf here = TierHosts.open(temporary, "here", redis.url(), RARELY)) {
            LongTables.put(here, "t", 200_000, 1);
            here.publish("t");
            try (Shelf there = TierHosts.open(temporary, "there", redis.url(), OFTEN)) {
                LongTables.put(there, "own", 10, 5);
                assertThat(LongTables.seed(there, "t")).isEqualTo(1);
                LongTables.put(here, "t", 200_000, 2);
                LongTables.put(here, "own", 10, 6);
                here.publish("t");
                here.publish("own");
                awaitSeed(there, 2);
            }
            LongTables.put(here, "t", 200_000, 3);
            here.publish("t");
            try (Shelf there = TierHosts.open(temporary, "there", redis.url(), OFTEN)) {
                awaitSeed(there, 3);
                assertThat(LongTables.seed(there, "own")).as("was put there").isEqualTo(5);
                LongTables.put(there, "t", 10, 9);
                LongTables.put(here, "t", 10, 4);
                here.publish("t");
                LongTables.put(here, "last", 10, 1);
                here.publish("last");
                assertThat(LongTables.seed(there, "last")).isEqualTo(1);
                LongTables.put(here, "last", 10, 2);
                here.publish("last");
                Deadline.ofSeconds(40).await("a round", () -> LongTables.seed(there, "last") == 2);
                assertThat(LongTables.seed(there, "t")).as("put there last").isEqualTo(9);
                here.delete("last");
                Deadline.ofSeconds(40).await("the copy ends", () -> !has(there, "last"));
            }
        }
    }

    private static void awaitSeed(Shelf shelf, long seed) {
        Deadline.ofSeconds(40).await("seed " + seed, () -> LongTables.seed(shelf, "t") == seed);
    }

    @Test
    void manyWhoMissFetchOnce() throws IOException {
        try (PrivateRedis redis = PrivateRedis.start();
                Shelf here = TierHosts.open(temporary, "here", redis.url(), RARELY)) {
            LongTables.put(here, "t", 1_000_000, 4);
            here.publish("t");
            CountedTier tier =
                    new CountedTier(RedisTier.open(RedisOptions.of(redis.url()), "shelf"));
            try (Shelf there = TierHosts.open(temporary, "there", tier, RARELY)) {
                List<Thread> threads =
                        Stream.generate(() -> Thread.ofPlatform().unstarted(() -> find(there)))
                                .limit(16)
                                .toList();
                threads.forEach(Thread::start);
                for (Thread thread : threads) {
                    thread.join();
                }
                assertThat(LongTables.seed(there, "t")).isEqualTo(4);
                assertThat(tier.fetched).hasValue(1);
            } catch (InterruptedException failure) {
                throw new AssertionError(failure);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aHeadThatIsDamagedOrGoneIsAskedForOnce(boolean gone) throws IOException {
        try (PrivateRedis redis = PrivateRedis.start();
                RedisLink link = RedisLink.connect(RedisOptions.of(redis.url()));
                Shelf here = TierHosts.open(temporary, "here", redis.url(), RARELY)) {
            LongTables.put(here, "t", 1000, 4);
            here.publish("t");
            byte[] head = link.scan("*/head}*".getBytes(StandardCharsets.UTF_8)).getFirst();
            byte[] bytes = link.get(head).join().orElseThrow();
            bytes[bytes.length / 2] ^= 1;
            link.remove(List.of(head)).join();
            if (!gone) {
                link.set(head, ChunkBytes.of(bytes), Duration.ZERO).join();
            }
            CountedTier tier =
                    new CountedTier(RedisTier.open(RedisOptions.of(redis.url()), "shelf"));
            try (Shelf there = TierHosts.open(temporary, "there", tier, RARELY)) {
                RedisTierIT.expect(
                        gone ? ErrorCode.INCOMPLETE : ErrorCode.CORRUPT, () -> there.find("t"));
                assertThat(tier.fetched).hasValue(1);
            }
        }
    }

    @Test
    void whatEvictionDropsGoesToTheTierFirst() throws IOException {
        try (PrivateRedis redis = PrivateRedis.start();
                Shelf shelf = TierHosts.small(temporary, "here", redis.url())) {
            for (int i = 0; i < 12; i++) {
                LongTables.put(shelf, "t" + i, 1_000_000, i);
            }
            assertThat(shelf.list()).hasSizeLessThan(12);
            for (int i = 0; i < 12; i++) {
                assertThat(LongTables.seed(shelf, "t" + i)).isEqualTo(i);
            }
        }
    }

    private static void find(Shelf shelf) {
        try (ShelfTable _ = shelf.get("t")) {
            // that it is there is enough
        }
    }

    /// Counts what is fetched.
    private static final class CountedTier implements SharedTier {
        private final SharedTier tier;
        private final AtomicInteger fetched = new AtomicInteger();

        CountedTier(SharedTier tier) {
            this.tier = tier;
        }

        @Override
        public long publish(OutgoingTable table) throws IOException {
            return tier.publish(table);
        }

        @Override
        public @Nullable SharedTable fetch(String name) throws IOException {
            fetched.incrementAndGet();
            return tier.fetch(name);
        }

        @Override
        public List<Long> generations(List<String> names) {
            return tier.generations(names);
        }

        @Override
        public String state() {
            return tier.state();
        }

        @Override
        public long bury(String name) throws IOException {
            return tier.bury(name);
        }

        @Override
        public boolean remove(String name) throws IOException {
            return tier.remove(name);
        }

        @Override
        public List<String> names() throws IOException {
            return tier.names();
        }

        @Override
        public void close() {
            tier.close();
        }
    }
}
