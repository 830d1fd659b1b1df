package dev.arrowshelf.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.redis.file.FileComparison;
import dev.arrowshelf.redis.gen.DataSetGenerator;
import dev.arrowshelf.redis.gen.GenOptions;
import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.link.RedisOptions;
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
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Values without a manifest, as the ArrowRedis program writes them.
final class OriginalFixturesIT {
    @TempDir private Path folder;

    private PrivateRedis redis;
    private DataSets sets;
    private RedisLink link;
    private Path file;

    @BeforeEach
    void start() throws IOException {
        redis = PrivateRedis.start();
        sets = DataSets.connect(RedisOptions.of(redis.url()));
        link = RedisLink.connect(RedisOptions.of(redis.url()));
        file = folder.resolve("source.arrow");
        new DataSetGenerator(
                        new GenOptions(
                                2,
                                3,
                                500,
                                Compression.LZ4,
                                new GenOptions.Strings(true, 100),
                                3,
                                1),
                        new Progress())
                .write(file);
        sets.split(file, SplitOptions.of("fx").withLayout(Layout.ARROWREDIS));
        link.remove(List.of(utf8("fx:manifest"))).join();
    }

    @AfterEach
    void stop() {
        link.close();
        sets.close();
        redis.close();
    }

    @Test
    void areReadWholeWhenTheNumberOfBatchesIsKnown() throws IOException {
        Path back = folder.resolve("back");
        sets.read(ReadOptions.of("fx").withBatches(3), ReadTarget.file(back, Optional.empty()));
        assertThat(new FileComparison(file, back, new Progress()).difference()).isEmpty();
    }

    @Test
    void areNotReadWithANumberThatIsTooSmallOrNotKnown() {
        expect(ReadOptions.of("fx").withBatches(2), ErrorCode.INVALID_ARGUMENT, "partition=0");
        expect(ReadOptions.of("fx"), ErrorCode.NOT_FOUND, "no manifest");
        expect(
                ReadOptions.of("fx").withBatches(4),
                ErrorCode.INCOMPLETE,
                "key=fx:{part=00000}:batch=00003");
    }

    @Test
    void missAChunkWithItsKey() {
        link.remove(List.of(utf8("fx:{part=00001}:batch=00001"))).join();
        expect(
                ReadOptions.of("fx").withBatches(3),
                ErrorCode.INCOMPLETE,
                "key=fx:{part=00001}:batch=00001");
    }

    @Test
    void areRefusedWhenTheyAreCutOrSomethingElse() {
        byte[] key = utf8("fx:{part=00001}:batch=00001");
        byte[] value = link.get(key).join().orElseThrow();
        link.set(key, ChunkBytes.of(Arrays.copyOf(value, value.length / 2)), Duration.ZERO).join();
        expect(ReadOptions.of("fx").withBatches(3), ErrorCode.CORRUPT, text(key));
        link.set(key, ChunkBytes.of(utf8("hello, I am no Arrow")), Duration.ZERO).join();
        expect(ReadOptions.of("fx").withBatches(3), ErrorCode.CORRUPT, text(key));
    }

    @Test
    void doWithoutTheMarkThatEndsAStream() throws IOException {
        byte[] key = utf8("fx:{part=00001}:batch=00001");
        byte[] value = link.get(key).join().orElseThrow();
        link.set(key, ChunkBytes.of(Arrays.copyOf(value, value.length - 8)), Duration.ZERO).join();
        assertThat(sets.read(ReadOptions.of("fx").withBatches(3), ReadTarget.nowhere()).rows())
                .isEqualTo(3000);
    }

    private void expect(ReadOptions options, ErrorCode code, String text) {
        assertThatThrownBy(() -> sets.read(options, ReadTarget.nowhere()))
                .hasMessageContaining(text)
                .extracting(failure -> ((ShelfException) failure).code())
                .isEqualTo(code);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] key) {
        return new String(key, StandardCharsets.UTF_8);
    }
}
