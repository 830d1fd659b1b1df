package dev.arrowshelf.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.redis.gen.DataSetGenerator;
import dev.arrowshelf.redis.gen.GenOptions;
import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.layout.Manifest;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.redis.process.HeldLine;
import dev.arrowshelf.redis.process.PrivateRedis;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.redis.read.ReadOptions;
import dev.arrowshelf.redis.read.ReadTarget;
import dev.arrowshelf.redis.split.SplitOptions;
import dev.arrowshelf.redis.split.SplitReport;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What goes wrong around a Redis: it says so, at once where waiting cannot help, and nothing that
/// was published is lost.
final class FaultIT {
    @TempDir private Path folder;

    @Test
    void fullMemoryFailsAtOnceAndThePreviousGenerationStays() throws IOException {
        Path file = generate(4, 20_000);
        Path large = generate(40, 20_000);
        try (PrivateRedis redis = PrivateRedis.start("--maxmemory", "30mb");
                DataSets sets = DataSets.connect(RedisOptions.of(redis.url()))) {
            Manifest first = sets.split(file, SplitOptions.of("data")).manifest();
            long begin = System.nanoTime();
            assertThatThrownBy(() -> sets.split(large, SplitOptions.of("data")))
                    .hasMessageContaining("maxmemory")
                    .extracting(failure -> ((ShelfException) failure).code())
                    .isEqualTo(ErrorCode.OUT_OF_MEMORY);

            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .isLessThan(Duration.ofSeconds(20));
            assertThat(sets.manifest("data")).contains(first);
            assertThat(sets.read(ReadOptions.of("data"), ReadTarget.nowhere()).rows())
                    .isEqualTo(first.rows());
            // Room again: what the failed split had sent is gone.
            assertThat(sets.split(file, SplitOptions.of("data")).manifest().rows())
                    .isEqualTo(first.rows());
        }
    }

    @Test
    void wrongPasswordsAndNarrowRightsFailAtOnceWithoutTellingThePassword() throws IOException {
        try (PrivateRedis redis = PrivateRedis.start("--requirepass", "right")) {
            RedisOptions options = RedisOptions.of(redis.url());
            RedisOptions wrong = options.withLogin(new RedisOptions.Login("", "wrong-secret"));
            assertThatThrownBy(() -> DataSets.connect(wrong))
                    .hasMessageNotContaining("wrong-secret")
                    .extracting(failure -> ((ShelfException) failure).code())
                    .isEqualTo(ErrorCode.FORBIDDEN);
            try (DataSets sets =
                    DataSets.connect(RedisOptions.of(redis.url().replace("//", "//:right@")))) {
                assertThat(sets.list()).isEmpty();
            }
        }
        assertThat(new RedisOptions.Login("user", "secret").toString()).doesNotContain("secret");
    }

    @Test
    void twoSplitsOfOneNameAtOnceLeaveOneWhole() throws IOException {
        Path file = generate(8, 5000);
        Path other = generate(6, 5000);
        try (PrivateRedis redis = PrivateRedis.start();
                DataSets sets = DataSets.connect(RedisOptions.of(redis.url()))) {
            List<CompletableFuture<Boolean>> splits =
                    Stream.of(file, other, file, other)
                            .map(path -> Aside.call(() -> wins(sets, path)))
                            .toList();
            assertThat(splits.stream().map(CompletableFuture::join)).contains(true);

            Manifest winner = sets.manifest("data").orElseThrow();
            assertThat(sets.read(ReadOptions.of("data"), ReadTarget.nowhere()).rows())
                    .isEqualTo(winner.rows());
            sets.delete("data");
            assertThat(sets.list()).isEmpty();
        }
    }

    private static boolean wins(DataSets sets, Path path) throws IOException {
        try {
            sets.split(path, SplitOptions.of("data"));
            return true;
        } catch (ShelfException superseded) {
            assertThat(superseded.code()).isEqualTo(ErrorCode.ALREADY_EXISTS);
            return false;
        }
    }

    @Test
    void aRedisThatRestartsWithDataIsWaitedForAndAnEmptyOneIsAnError() throws IOException {
        Path file = generate(8, 5000);
        try (PrivateRedis redis =
                        PrivateRedis.start("--appendonly", "yes", "--appendfsync", "always");
                DataSets sets = DataSets.connect(patient(redis))) {
            Manifest manifest = sets.split(file, SplitOptions.of("data")).manifest();
            redis.kill();
            CompletableFuture<Long> reading =
                    Aside.call(
                            () -> sets.read(ReadOptions.of("data"), ReadTarget.nowhere()).rows());
            redis.restart();
            assertThat(reading.join()).isEqualTo(manifest.rows());
        }
        try (PrivateRedis redis = PrivateRedis.start();
                DataSets sets = DataSets.connect(patient(redis))) {
            sets.split(file, SplitOptions.of("data"));
            redis.restart();
            assertThatThrownBy(() -> sets.read(ReadOptions.of("data"), ReadTarget.nowhere()))
                    .extracting(failure -> ((ShelfException) failure).code())
                    .isEqualTo(ErrorCode.NOT_FOUND);
        }
    }

    @Test
    void aBrokenSplitIsResumed() throws Exception {
        Path file = generate(40, 20_000);
        RedisOptions.RetryOptions once =
                new RedisOptions.RetryOptions(1, Duration.ZERO, Duration.ZERO);
        try (PrivateRedis redis =
                        PrivateRedis.start("--appendonly", "yes", "--appendfsync", "always");
                HeldLine line = HeldLine.to(redis);
                DataSets hasty = DataSets.connect(RedisOptions.of(line.url()).withRetry(once))) {
            line.holdAfter(Files.size(file) / 2);
            CompletableFuture<SplitReport> broken =
                    Aside.call(() -> hasty.split(file, SplitOptions.of("data")));
            line.awaitHeld();
            redis.kill();
            line.release();
            assertThatThrownBy(broken::join).hasMessageContaining("Redis");
            redis.restart();
            try (DataSets sets = DataSets.connect(patient(redis))) {
                SplitReport report = sets.split(file, SplitOptions.of("data").withResume(true));
                assertThat(report.resumedChunks()).isPositive();
                assertThat(sets.read(ReadOptions.of("data"), ReadTarget.nowhere()).rows())
                        .isEqualTo(report.manifest().rows());
            }
        }
    }

    @Test
    void nobodyThereIsSaidAfterAFewTries() throws IOException {
        int port = PrivateRedis.freePort();
        RedisOptions options =
                RedisOptions.of("redis://127.0.0.1:" + port)
                        .withRetry(
                                new RedisOptions.RetryOptions(
                                        2, Duration.ofMillis(10), Duration.ZERO));
        assertThatThrownBy(() -> DataSets.connect(options))
                .hasMessageContaining(Integer.toString(port))
                .extracting(failure -> ((ShelfException) failure).code())
                .isEqualTo(ErrorCode.UNAVAILABLE);
    }

    private static RedisOptions patient(PrivateRedis redis) {
        return RedisOptions.of(redis.url())
                .withRetry(
                        new RedisOptions.RetryOptions(
                                3, Duration.ofMillis(50), Duration.ofSeconds(20)));
    }

    private Path generate(int batches, int rows) throws IOException {
        Path file = folder.resolve("source-" + batches + "-" + rows + ".arrow");
        new DataSetGenerator(
                        new GenOptions(
                                2,
                                batches / 2,
                                rows,
                                Compression.ZSTD,
                                new GenOptions.Strings(true, 500),
                                42,
                                2),
                        new Progress())
                .write(file);
        return file;
    }
}
