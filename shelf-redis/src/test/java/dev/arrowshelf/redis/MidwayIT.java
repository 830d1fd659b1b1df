package dev.arrowshelf.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.redis.gen.DataSetGenerator;
import dev.arrowshelf.redis.gen.GenOptions;
import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.redis.process.HeldLine;
import dev.arrowshelf.redis.process.PrivateRedis;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.redis.read.ReadOptions;
import dev.arrowshelf.redis.read.ReadTarget;
import dev.arrowshelf.redis.split.SplitOptions;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A Redis that fails, stalls or forgets while a data set is on its way.
final class MidwayIT {
    private static final int BATCHES = 60;
    private static final int ROWS = 15_000;
    private static final long FEW_BYTES = 1 << 20;

    /// A few of the chunks.
    private static final long SOME_BYTES = 10 << 20;

    @TempDir private static Path folder;
    private static Path file;

    @BeforeAll
    static void generate() throws IOException {
        file = folder.resolve("source.arrow");
        GenOptions.Strings strings = new GenOptions.Strings(true, 500);
        new DataSetGenerator(
                        new GenOptions(2, BATCHES / 2, ROWS, Compression.NONE, strings, 42, 2),
                        new Progress())
                .write(file);
    }

    @Test
    void aReadGoesOnWhenRedisComesBackWithItsData() throws Exception {
        try (PrivateRedis redis = PrivateRedis.start("--appendonly", "yes", "--appendfsync", "no");
                HeldLine line = HeldLine.to(redis);
                DataSets sets = DataSets.connect(patient(line.url()))) {
            sets.split(file, SplitOptions.of("data"));
            line.holdAfter(SOME_BYTES);
            CompletableFuture<Long> reading = reading(sets, new Progress());
            line.awaitHeld();
            redis.restart();
            line.release();
            assertThat(reading.join()).isEqualTo((long) BATCHES * ROWS);
        }
    }

    @Test
    void aReadFailsWhenRedisComesBackEmpty() throws Exception {
        try (PrivateRedis redis = PrivateRedis.start();
                HeldLine line = HeldLine.to(redis);
                DataSets sets = DataSets.connect(patient(line.url()))) {
            sets.split(file, SplitOptions.of("data"));
            line.holdAfter(SOME_BYTES);
            CompletableFuture<Long> reading = reading(sets, new Progress());
            line.awaitHeld();
            redis.restart();
            line.release();
            assertThat(code(reading)).isIn(ErrorCode.INCOMPLETE, ErrorCode.NOT_FOUND);
            assertThatThrownBy(() -> sets.read(ReadOptions.of("data"), ReadTarget.nowhere()))
                    .isInstanceOf(ShelfException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Layout.class,
            names = {"ARROWSHELF", "ARROWREDIS"})
    void aSplitIsWholeWhenRedisComesBackEmptyInItsMiddle(Layout layout) throws Exception {
        try (PrivateRedis redis = PrivateRedis.start();
                HeldLine line = HeldLine.to(redis);
                DataSets sets = DataSets.connect(patient(line.url()))) {
            line.holdAfter(SOME_BYTES);
            CompletableFuture<Long> splitting = splitting(sets, layout, new Progress());
            line.awaitHeld();
            redis.restart();
            line.release();
            assertThat(splitting.join()).isEqualTo((long) BATCHES * ROWS);
            assertThat(sets.read(ReadOptions.of("other"), ReadTarget.nowhere()).rows())
                    .isEqualTo((long) BATCHES * ROWS);
        }
    }

    @Test
    void aSplitThatRedisForgetsAsItIsWrittenFails() throws IOException {
        String[] small = {"--maxmemory", "20mb", "--maxmemory-policy", "allkeys-random"};
        try (PrivateRedis redis = PrivateRedis.start(small);
                DataSets sets = DataSets.connect(patient(redis))) {
            assertThatThrownBy(() -> sets.split(file, SplitOptions.of("data")))
                    .hasMessageContaining("vanish")
                    .hasMessageContaining("prefix=data")
                    .extracting(failure -> ((ShelfException) failure).code())
                    .isEqualTo(ErrorCode.UNAVAILABLE);
            assertThatThrownBy(() -> sets.read(ReadOptions.of("data"), ReadTarget.nowhere()))
                    .extracting(failure -> ((ShelfException) failure).code())
                    .isEqualTo(ErrorCode.NOT_FOUND);
        }
    }

    @Test
    void aStallThatIsLongerThanTheTimeoutIsWaitedOut() throws IOException {
        try (PrivateRedis redis = PrivateRedis.start();
                DataSets sets =
                        DataSets.connect(
                                patient(redis).withLimits(limits(Duration.ofMillis(300))))) {
            sets.split(file, SplitOptions.of("data"));
            Progress read = new Progress();
            Progress split = new Progress();
            CompletableFuture<Long> reading = reading(sets, read);
            CompletableFuture<Long> splitting = splitting(sets, Layout.ARROWSHELF, split);
            awaitChunks(read, reading);
            awaitChunks(split, splitting);
            signal(redis, "-STOP");
            long begin = System.nanoTime();
            PrivateCluster.await("a stall", () -> System.nanoTime() - begin > 900_000_000);
            signal(redis, "-CONT");

            assertThat(reading.join()).isEqualTo((long) BATCHES * ROWS);
            assertThat(splitting.join()).isEqualTo((long) BATCHES * ROWS);
            assertThat(sets.read(ReadOptions.of("other"), ReadTarget.nowhere()).rows())
                    .isEqualTo((long) BATCHES * ROWS);
        }
    }

    @Test
    void aStallWithoutEndIsAnErrorInTime() throws IOException {
        try (PrivateRedis redis = PrivateRedis.start()) {
            RedisOptions hasty =
                    patient(redis)
                            .withLimits(limits(Duration.ofMillis(200)))
                            .withRetry(
                                    new RedisOptions.RetryOptions(
                                            2, Duration.ofMillis(20), Duration.ZERO));
            try (DataSets unhurried = DataSets.connect(patient(redis))) {
                unhurried.split(file, SplitOptions.of("data"));
            }
            try (DataSets sets = DataSets.connect(hasty)) {
                signal(redis, "-STOP");
                long begin = System.nanoTime();
                assertThatThrownBy(() -> sets.read(ReadOptions.of("data"), ReadTarget.nowhere()))
                        .extracting(failure -> ((ShelfException) failure).code())
                        .isEqualTo(ErrorCode.UNAVAILABLE);
                assertThat(Duration.ofNanos(System.nanoTime() - begin))
                        .isLessThan(Duration.ofSeconds(20));
                signal(redis, "-CONT");
            }
        }
    }

    @Test
    void aChunkThatWasEvictedIsAnErrorWithItsKey() throws IOException {
        String[] small = {"--maxmemory", "200mb", "--maxmemory-policy", "allkeys-random"};
        try (PrivateRedis redis = PrivateRedis.start(small);
                DataSets sets = DataSets.connect(patient(redis));
                RedisLink link = RedisLink.connect(patient(redis))) {
            sets.split(file, SplitOptions.of("data"));
            byte[] manifest = link.get(utf8("data:manifest")).join().orElseThrow();
            int before = link.scan(utf8("data:{*")).size();
            byte[] filler = new byte[4 << 20];
            for (int i = 0; link.scan(utf8("data:{*")).size() == before; i++) {
                link.set(utf8("filler" + i), ChunkBytes.of(filler), Duration.ZERO).join();
            }
            link.set(utf8("data:manifest"), ChunkBytes.of(manifest), Duration.ZERO).join();
            assertThatThrownBy(() -> sets.read(ReadOptions.of("data"), ReadTarget.nowhere()))
                    .hasMessageContaining("key=data:{data/")
                    .extracting(failure -> ((ShelfException) failure).code())
                    .isEqualTo(ErrorCode.INCOMPLETE);
        }
    }

    private static CompletableFuture<Long> reading(DataSets sets, Progress progress) {
        ReadOptions options =
                ReadOptions.of("data").withLimits(new ReadOptions.Limits(1, 1, FEW_BYTES));
        return Aside.call(() -> sets.read(options, ReadTarget.nowhere(), progress).rows());
    }

    private static CompletableFuture<Long> splitting(
            DataSets sets, Layout layout, Progress progress) {
        SplitOptions options =
                SplitOptions.of("other")
                        .withLayout(layout)
                        .withLimits(new SplitOptions.Limits(FEW_BYTES, 1));
        return Aside.call(() -> sets.split(file, options, progress).manifest().rows());
    }

    private static void awaitChunks(Progress progress, CompletableFuture<Long> under) {
        PrivateCluster.await("chunks have come", () -> progress.chunks() >= 2 || under.isDone());
    }

    private static ErrorCode code(CompletableFuture<Long> failing) {
        try {
            throw new AssertionError("did not fail: rows=" + failing.join());
        } catch (CompletionException failure) {
            return ((ShelfException) Objects.requireNonNull(failure.getCause())).code();
        }
    }

    private static RedisOptions patient(PrivateRedis redis) {
        return patient(redis.url());
    }

    private static RedisOptions patient(String url) {
        return RedisOptions.of(url)
                .withRetry(
                        new RedisOptions.RetryOptions(
                                3, Duration.ofMillis(50), Duration.ofSeconds(20)));
    }

    private static RedisOptions.Limits limits(Duration timeout) {
        return new RedisOptions.Limits(50, 16 << 20, timeout, Duration.ofSeconds(5), true);
    }

    private static void signal(PrivateRedis redis, String signal) throws IOException {
        try {
            int status =
                    new ProcessBuilder("kill", signal, Long.toString(redis.pid()))
                            .start()
                            .waitFor();
            assertThat(status).isZero();
        } catch (InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
