package dev.arrowshelf.redis.tier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.redis.Aside;
import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.layout.Manifest;
import dev.arrowshelf.redis.layout.ManifestText;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.redis.process.PrivateRedis;
import dev.arrowshelf.redis.publish.Publication;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.persist.IncomingTable;
import dev.arrowshelf.store.persist.SharedTable;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.tier.TierAnswer;
import dev.arrowshelf.store.tier.TierAnswer.Outcome;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Two shelves that only a real Redis connects.
final class RedisTierIT {
    private static final int LARGE = 1_500_000;
    private static final Duration RARELY = Duration.ofHours(1);

    private static PrivateRedis redis;
    private static RedisLink link;

    @RegisterExtension private final TemporaryShelf temporary = new TemporaryShelf();

    private Shelf here;
    private Shelf there;

    @BeforeAll
    static void start() throws IOException {
        redis = PrivateRedis.start();
        link = RedisLink.connect(RedisOptions.of(redis.url()));
    }

    @AfterAll
    static void stop() {
        link.close();
        redis.close();
    }

    @BeforeEach
    void open() {
        here = TierHosts.open(temporary, "here", redis.url(), RARELY);
        there = TierHosts.open(temporary, "there", redis.url(), RARELY);
    }

    @AfterEach
    void close() {
        here.close();
        there.close();
        link.remove(link.scan(utf8("*"))).join();
    }

    @ParameterizedTest
    @CsvSource({"10, 0", "200000, 0", "1500000, 400000"})
    void whatOneShelfPublishesAnotherFindsByItsName(int rows, int partitionRows) {
        String name = "prices/2026 {é}";
        LongTables.put(here, name, rows, 7, PutOptions.DEFAULT.withPartitions(partitionRows, 0));
        assertThat(there.find(name)).isNull();

        long published = here.publish(name).orElseThrow();

        try (ShelfTable table = there.get(name);
                ShelfTable origin = here.get(name)) {
            assertThat(LongTables.seed(table)).isEqualTo(7);
            assertThat(table.rowCount()).isEqualTo(rows);
            assertThat(table.partitionCount()).isEqualTo(origin.partitionCount());
        }
        assertThat(there.promote(name, published))
                .isEqualTo(new TierAnswer(Outcome.HERE, published));
        assertThat(keys("*")).allSatisfy(key -> assertThat(key).startsWith("shelf:prices%2F"));
        assertThat(here.publish("nothing")).isEmpty();
    }

    @Test
    void demotedTablesComeBackWhenTheyAreAskedFor() {
        LongTables.put(here, "t", LARGE, 3);

        here.demote("t");

        assertThat(here.list()).isEmpty();
        assertThat(LongTables.seed(here, "t")).isEqualTo(3);
        assertThat(here.list()).hasSize(1);
        List<String> before = keys("*");
        here.demote("t");
        assertThat(keys("*")).as("a copy is not stored again").isEqualTo(before);
    }

    @Test
    void deletingATableThatWasPublishedDeletesItEverywhere() {
        LongTables.put(here, "t", LARGE, 3);
        here.publish("t");

        assertThat(here.delete("t")).isTrue();

        assertThat(here.find("t")).isNull();
        assertThat(there.find("t")).isNull();
        assertThat(keys("*")).containsExactly("shelf:t:manifest");
        try (RedisTier tier = RedisTier.open(RedisOptions.of(redis.url()), "shelf")) {
            assertThat(tier.names()).isEmpty();
        }
    }

    @Test
    void aDeletedNameDoesNotComeBackFromACopyOfIt() {
        LongTables.put(here, "t", 100, 1);
        here.publish("t");
        assertThat(LongTables.seed(there, "t")).isEqualTo(1);

        here.delete("t");
        assertThat(there.demote("t")).as("not stored again").isPresent();
        assertThat(there.find("t")).isNull();

        LongTables.put(here, "t", 100, 2);
        here.publish("t");
        assertThat(LongTables.seed(there, "t")).as("a name begins anew").isEqualTo(2);
        here.delete("t");
        assertThat(there.promote("t", 0).outcome()).isEqualTo(Outcome.MISSING);
        assertThat(there.list()).as("the copy ends where somebody looks").isEmpty();
    }

    @Test
    void aPublicationThatBeganBeforeTheDeletionIsRefused() {
        LongTables.put(here, "t", 100, 1);
        long first = here.publish("t").orElseThrow();
        byte[] manifest = manifest();
        here.delete("t");

        Publication late = new Publication(link, new DataSetKeys("shelf:t"));
        Manifest old = ManifestText.read(manifest, "shelf:t:manifest");
        expect(ErrorCode.ALREADY_EXISTS, () -> late.publish(old, Duration.ZERO));

        assertThat(old.generation()).isEqualTo(first);
        assertThat(there.find("t")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"missing", "short", "flipped", "foreign"})
    void aDamagedChunkIsAnErrorThatNamesItsKey(String damage) {
        LongTables.put(here, "t", LARGE, 3);
        here.publish("t");
        String key = keys("*{shelf:t/00000}*:00001").getFirst();
        damage(key, damage);

        assertThatThrownBy(() -> there.find("t"))
                .isInstanceOf(ShelfException.class)
                .hasMessageContaining(key);
        assertThat(there.list()).isEmpty();
        assertThat(LongTables.seed(here, "t")).isEqualTo(3);
    }

    private void damage(String key, String how) {
        byte[] bytes = link.get(utf8(key)).join().orElseThrow();
        switch (how) {
            case "missing" -> link.remove(List.of(utf8(key))).join();
            case "short" -> set(key, java.util.Arrays.copyOf(bytes, bytes.length - 1));
            case "flipped" -> {
                bytes[bytes.length / 2] ^= 1;
                set(key, bytes);
            }
            default -> {
                link.remove(List.of(utf8(key))).join();
                link.setField(utf8(key), "f", new byte[1], Duration.ZERO).join();
            }
        }
    }

    @Test
    void aTableReplacedWhileItIsReadIsNeverMixed() {
        LongTables.put(here, "t", LARGE, 0);
        here.publish("t");
        CompletableFuture<Void> publishing =
                Aside.call(() -> {
                    for (int round = 1; round <= 12; round++) {
                        LongTables.put(here, "t", LARGE, round);
                        here.publish("t");
                    }
                    return null;
                });
        long last = 0;
        while (!publishing.isDone() || last < 12) {
            there.promote("t", 0);
            long seed = LongTables.seed(there, "t");
            assertThat(seed).isGreaterThanOrEqualTo(last);
            last = seed;
        }
        publishing.join();
    }

    @Test
    void anOldGenerationThatIsStillBeingReadFailsTyped() throws IOException {
        LongTables.put(here, "t", LARGE, 1);
        here.publish("t");
        long old = partitionBytes();
        try (RedisTier tier = RedisTier.open(RedisOptions.of(redis.url()), "shelf");
                SharedTable table = Objects.requireNonNull(tier.fetch("t"))) {
            LongTables.put(here, "t", LARGE, 2);
            here.publish("t");
            assertThat(tier.names()).containsExactly("t");
            assertThat(tier.generations(List.of("t", "u")).getFirst())
                    .isGreaterThan(table.published());
            MemorySegment memory = Arena.ofAuto().allocate(old);
            IncomingTable.Part part = new IncomingTable.Part(old, 0, memory::asSlice);
            assertThatThrownBy(() -> table.read(List.of(part)))
                    .isInstanceOf(ShelfException.class)
                    .extracting(failure -> ((ShelfException) failure).code())
                    .isIn(ErrorCode.INCOMPLETE, ErrorCode.CORRUPT);
        }
    }

    private long partitionBytes() {
        return keys("*{shelf:t/00000}*").stream()
                .mapToLong(key -> link.length(utf8(key)).join())
                .sum();
    }

    @Test
    void ofTwoStoresAtOnceOneWholeTableWins() {
        for (int round = 0; round < 3; round++) {
            int seed = 10 * round;
            LongTables.put(here, "t", LARGE, seed);
            LongTables.put(there, "t", LARGE, seed + 1);
            List<ErrorCode> refused = new ArrayList<>();
            List<CompletableFuture<OptionalLong>> both =
                    List.of(
                            Aside.call(() -> here.publish("t")),
                            Aside.call(() -> there.publish("t")));
            for (CompletableFuture<OptionalLong> one : both) {
                try {
                    one.join();
                } catch (CompletionException failure) {
                    refused.add(code(failure));
                }
            }
            assertThat(refused).isSubsetOf(ErrorCode.ALREADY_EXISTS).hasSizeLessThan(2);
            here.promote("t", 0);
            assertThat(LongTables.seed(here, "t")).isBetween((long) seed, seed + 1L);
            assertThat(keys("*").stream().map(RedisTierIT::generation).distinct())
                    .as("generations left")
                    .hasSize(2); // the manifest has none in its key
        }
    }

    static ErrorCode code(CompletionException failure) {
        return ((ShelfException) Objects.requireNonNull(failure.getCause())).code();
    }

    private static String generation(String key) {
        int at = key.lastIndexOf(":g");
        return at < 0 ? "" : key.substring(at, at + 2 + 16);
    }

    @Test
    void nothingOlderThanWhatItWasToldOfIsServed() {
        LongTables.put(here, "t", 10, 1);
        long first = here.publish("t").orElseThrow();
        byte[] manifest = manifest();
        List<String> chunks = keys("*:g*");
        List<byte[]> values = chunks.stream().map(key -> link.get(utf8(key)).join().get()).toList();
        assertThat(LongTables.seed(there, "t")).isEqualTo(1);
        expect(ErrorCode.UNAVAILABLE, () -> there.promote("t", first + 1));

        LongTables.put(here, "t", 10, 2);
        long second = here.publish("t").orElseThrow();
        assertThat(there.promote("t", second).published()).isEqualTo(second);
        assertThat(LongTables.seed(there, "t")).isEqualTo(2);

        // Redis fails over to a replica that never saw the second publication.
        set("shelf:t:manifest", manifest);
        for (int i = 0; i < chunks.size(); i++) {
            set(chunks.get(i), values.get(i));
        }
        expect(ErrorCode.UNAVAILABLE, () -> forgetAndPromote(there));
        assertThat(there.find("t")).isNull();
        Shelf third = TierHosts.open(temporary, "third", redis.url(), RARELY);
        try (third) {
            assertThat(LongTables.seed(third, "t")).as("was told of nothing").isEqualTo(1);
        }
    }

    private static void forgetAndPromote(Shelf shelf) {
        shelf.deleteAll();
        shelf.promote("t", 0);
    }

    private byte[] manifest() {
        return link.get(new DataSetKeys("shelf:t").manifest()).join().orElseThrow();
    }

    @Test
    void tablesOfATimeEndInRedisTooManifestFirst() {
        LongTables.put(here, "t", 10, 1);
        here.touch("t", java.util.Optional.of(Duration.ofSeconds(4)), java.util.Optional.empty());
        here.publish("t");
        assertThat(keys("*manifest")).hasSize(1);

        dev.arrowshelf.testkit.Deadline.ofSeconds(30)
                .await("the manifest ends", () -> keys("*manifest").isEmpty());

        assertThat(keys("*:g*")).isNotEmpty();
        assertThat(there.find("t")).isNull();
    }

    static void expect(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .extracting(failure -> ((ShelfException) failure).code())
                .isEqualTo(code);
    }

    private static void set(String key, byte[] value) {
        link.set(utf8(key), ChunkBytes.of(value), Duration.ZERO).join();
    }

    private static List<String> keys(String pattern) {
        List<String> keys = new ArrayList<>();
        Consumer<byte[]> add = key -> keys.add(new String(key, StandardCharsets.UTF_8));
        link.scan(utf8(pattern)).forEach(add);
        return keys.stream().sorted().toList();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
