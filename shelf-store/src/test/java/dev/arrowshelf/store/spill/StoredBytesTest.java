package dev.arrowshelf.store.spill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdInputStream;
import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What is stored in frames, by several threads, comes back the same or not at all.
final class StoredBytesTest {
    private static final int[] SIZES = {
        1,
        Frames.BYTES - 1,
        Frames.BYTES,
        Frames.BYTES + 1,
        3 * Frames.BYTES,
        7 * Frames.BYTES + 12_345
    };

    @TempDir Path folder;

    private final long seed = Long.getLong("shelf.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private int files;

    /// Words and noise by turns, so that frames differ in length.
    private MemorySegment content(Arena arena, int bytes) {
        MemorySegment content = arena.allocate(bytes);
        byte[] run = new byte[1 << 16];
        for (int done = 0; done < bytes; done += run.length) {
            if (random.nextInt(3) > 0) {
                random.nextBytes(run);
            }
            int step = Math.min(run.length, bytes - done);
            MemorySegment.copy(run, 0, content, ValueLayout.JAVA_BYTE, done, step);
        }
        return content;
    }

    private static int crc(MemorySegment content) {
        CRC32 crc = new CRC32();
        crc.update(content.toArray(ValueLayout.JAVA_BYTE));
        return (int) crc.getValue();
    }

    private Path store(MemorySegment content, SpillCodec codec) throws IOException {
        Path path = folder.resolve("stored-" + files++);
        try (FileHandle file = FileHandle.create(path, 0600)) {
            assertThat(StoredBytes.write(file, content, codec, 1)).isEqualTo(crc(content));
        }
        return path;
    }

    private static void read(
            Path path, MemorySegment content, SpillCodec codec, StoredBytes.Target target)
            throws IOException {
        try (FileHandle file = FileHandle.openReadOnly(path)) {
            StoredBytes.read(file, content.byteSize(), codec, crc(content), target);
        }
    }

    @ParameterizedTest
    @EnumSource
    void comesBackByWritingAndInPlace(SpillCodec codec) throws IOException {
        for (int size : SIZES) {
            try (Arena arena = Arena.ofShared()) {
                MemorySegment content = content(arena, size);
                Path path = store(content, codec);
                MemorySegment written = arena.allocate(Math.max(size, 1)).asSlice(0, size);
                read(path, content, codec, writing(written));
                assertThat(written.mismatch(content))
                        .as("seed=%d, bytes=%d", seed, size)
                        .isEqualTo(-1);
                MemorySegment placed = arena.allocate(Math.max(size, 1)).asSlice(0, size);
                read(path, content, codec, new InPlace(placed));
                assertThat(placed.mismatch(content))
                        .as("seed=%d, bytes=%d", seed, size)
                        .isEqualTo(-1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void findsEveryChangedBitAndEveryCut(SpillCodec codec) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment content = content(arena, 2 * Frames.BYTES + 77);
            byte[] stored = Files.readAllBytes(store(content, codec));
            MemorySegment target = arena.allocate(content.byteSize());
            for (int i = 0; i < 20; i++) {
                byte[] damaged =
                        i < 15
                                ? stored.clone()
                                : Arrays.copyOf(
                                        stored, i == 18 ? 0 : random.nextInt(stored.length));
                if (i < 15) {
                    damaged[random.nextInt(stored.length)] ^= (byte) (1 << random.nextInt(8));
                } else if (i == 19) {
                    damaged = Arrays.copyOf(stored, stored.length + 4);
                }
                Path path = folder.resolve("damaged-" + codec + i);
                Files.write(path, damaged);
                if (isHarmless(damaged, stored, target, codec, content)) {
                    continue;
                }
                assertThatThrownBy(() -> read(path, content, codec, writing(target)))
                        .as("seed=%d, round=%d", seed, i)
                        .isInstanceOfSatisfying(
                                ShelfException.class,
                                failure -> assertThat(failure.code()).isEqualTo(ErrorCode.CORRUPT));
            }
        }
    }

    /// A frame's header has bits that nothing depends on: the content is the same with them.
    private boolean isHarmless(
            byte[] damaged,
            byte[] stored,
            MemorySegment target,
            SpillCodec codec,
            MemorySegment content)
            throws IOException {
        if (codec == SpillCodec.NONE || damaged.length != stored.length) {
            return false;
        }
        Path path = folder.resolve("harmless");
        Files.write(path, damaged);
        try {
            read(path, content, codec, writing(target));
            return target.mismatch(content) == -1;
        } catch (ShelfException _) {
            return false;
        }
    }

    @ParameterizedTest
    @EnumSource
    void endsWhenItsTargetFails(SpillCodec codec) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment content = content(arena, 6 * Frames.BYTES);
            Path path = store(content, codec);
            assertThatThrownBy(() ->
                            read(
                                    path,
                                    content,
                                    codec,
                                    (_, _) -> {
                                        throw new IOException("full");
                                    }))
                    .isInstanceOf(IOException.class)
                    .hasMessage("full");
        }
    }

    @ParameterizedTest
    @EnumSource
    void endsWhenItsFileFails(SpillCodec codec) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment content = content(arena, 6 * Frames.BYTES);
            Path path = store(content, codec);
            try (FileHandle readOnly = FileHandle.openReadOnly(path)) {
                assertThatThrownBy(() -> StoredBytes.write(readOnly, content, codec, 1))
                        .isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void storesNoiseInFramesThatTheCodecReads() throws IOException {
        try (Arena arena = Arena.ofShared()) {
            byte[] noise = new byte[Frames.BYTES + 300_000];
            random.nextBytes(noise);
            MemorySegment content = arena.allocate(noise.length);
            content.copyFrom(MemorySegment.ofArray(noise));
            Path path = store(content, SpillCodec.ZSTD);
            byte[] stored = Files.readAllBytes(path);
            assertThat(stored.length).isBetween(noise.length, noise.length + 1_000);
            try (InputStream decoded =
                    new ZstdInputStream(new ByteArrayInputStream(stored)).setContinuous(false)) {
                assertThat(decoded.readAllBytes()).isEqualTo(noise);
            }
        }
    }

    @Test
    void joinsChecksumsOfPieces() {
        byte[] bytes = new byte[100_000];
        random.nextBytes(bytes);
        for (int i = 0; i < 50; i++) {
            int cut = random.nextInt(bytes.length + 1);
            CRC32 first = new CRC32();
            first.update(bytes, 0, cut);
            CRC32 second = new CRC32();
            second.update(bytes, cut, bytes.length - cut);
            assertThat(
                            Crc.joined(
                                    (int) first.getValue(),
                                    (int) second.getValue(),
                                    bytes.length - cut))
                    .isEqualTo(crc(MemorySegment.ofArray(bytes)));
        }
    }

    private static StoredBytes.Target writing(MemorySegment target) {
        return (bytes, offset) -> MemorySegment.copy(bytes, 0, target, offset, bytes.byteSize());
    }

    private record InPlace(MemorySegment target) implements StoredBytes.Target {
        @Override
        public void write(MemorySegment bytes, long offset) {
            throw new AssertionError("has a place: offset=" + offset);
        }

        @Override
        public @Nullable MemorySegment place(long offset, long bytes) {
            return target.asSlice(offset, bytes);
        }
    }
}
