package dev.arrowshelf.store.ipc.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorOutputStream;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorOutputStream.BlockSize;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorOutputStream.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Frames of another encoder decode to what went in; damaged ones end in an error and never outside
/// the target.
final class Lz4FramePropertyTest {
    private static final List<BlockSize> BLOCK_SIZES = List.of(BlockSize.values());

    /// Few, because the other encoder takes seconds for content of a short period.
    static LongStream seeds() {
        long first = Long.getLong("shelf.seed", 31L);
        return LongStream.range(first, first + 16);
    }

    private static byte[] content(Random random) {
        byte[] bytes = new byte[random.nextInt(200_000)];
        int period = 1 + random.nextInt(40);
        int noise = random.nextInt(4);
        for (int i = 0; i < bytes.length; i++) {
            boolean fresh = i < period || (noise > 0 && random.nextInt(30) < noise * noise * noise);
            bytes[i] = fresh ? (byte) random.nextInt() : bytes[i - period];
        }
        return bytes;
    }

    private static byte[] frame(Random random, byte[] content) throws IOException {
        Parameters parameters =
                new Parameters(
                        BLOCK_SIZES.get(random.nextInt(BLOCK_SIZES.size())),
                        random.nextBoolean(),
                        random.nextBoolean(),
                        random.nextBoolean());
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        try (FramedLZ4CompressorOutputStream out =
                new FramedLZ4CompressorOutputStream(frame, parameters)) {
            out.write(content);
        }
        return frame.toByteArray();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void decodesWhatAnotherEncoderWrote(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] content = content(random);
        byte[] frame = frame(random, content);
        MemorySegment target = MemorySegment.ofArray(new byte[content.length]);

        Lz4Frame.decode(MemorySegment.ofArray(frame), target);

        assertThat(target.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void survivesDamage(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] content = Arrays.copyOf(content(random), 3000);
        byte[] frame = frame(random, content);
        for (int i = 0; i < 100; i++) {
            byte[] bad =
                    Arrays.copyOf(frame, i % 4 == 0 ? random.nextInt(frame.length) : frame.length);
            if (bad.length > 0) {
                bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            }
            MemorySegment memory = MemorySegment.ofArray(new byte[content.length + 64]);
            try {
                Lz4Frame.decode(MemorySegment.ofArray(bad), memory.asSlice(32, content.length));
            } catch (ShelfException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.INVALID_IPC);
            }
            for (int at = 0; at < 32; at++) {
                assertThat(memory.get(ValueLayout.JAVA_BYTE, at)).isZero();
                assertThat(memory.get(ValueLayout.JAVA_BYTE, content.length + 32 + at)).isZero();
            }
        }
    }

    @Test
    void hashesAsPublished() {
        assertThat(hash("")).isEqualTo(0x02CC5D05);
        assertThat(hash("a")).isEqualTo(0x550D7456);
        assertThat(hash("abc")).isEqualTo(0x32D153FF);
        assertThat(hash("Nobody inspects the spammish repetition")).isEqualTo(0xE2293B2F);
    }

    private static int hash(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return XxHash32.hash(MemorySegment.ofArray(bytes), 0, bytes.length);
    }
}
