package dev.arrowshelf.store.ipc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.arrow.flatbuf.CompressionType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Damaged and hostile bytes end in a typed error, or in a segment that holds what they say.
/// Nothing else ever comes out.
final class HostileIpcPropertyTest {
    private static final int SEEDS = 60;
    private static final int MUTATIONS = 150;
    private static final int[] HOSTILE = {
        0, -1, 1, 2, 0x7fff_ffff, 0x8000_0000, 0x4000_0000, 0xffff_ff00, 16, 64, 255, 65_536
    };

    static LongStream seeds() {
        long first = Long.getLong("shelf.seed", 77L);
        return LongStream.range(first, first + SEEDS);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void survivesDamagedBytes(long seed) {
        Random random = new Random(seed);
        byte[] good = table(random);
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] bad = good.clone();
            for (int n = 1 + random.nextInt(3); n > 0; n--) {
                damage(bad, random);
            }
            put(random.nextInt(8) == 0 ? Arrays.copyOf(bad, random.nextInt(bad.length + 1)) : bad);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void survivesHostileMetadataOfEachMessage(long seed) {
        Random random = new Random(seed);
        byte[] good = table(random);
        List<LocatedMessage> messages = IpcScanner.scan(MemorySegment.ofArray(good));
        for (int i = 0; i < MUTATIONS; i++) {
            LocatedMessage victim = messages.get(random.nextInt(messages.size()));
            int length = (int) victim.message().metadata().byteSize();
            int from =
                    victim.message().bodyBytes() == 0 && victim.equals(messages.getFirst())
                            ? 8
                            : (int) victim.bodyOffset() - length;
            byte[] bad = good.clone();
            for (int n = 1 + random.nextInt(2); n > 0; n--) {
                int at = from + random.nextInt(Math.max(1, length - 4));
                overwrite(bad, at, random);
            }
            put(bad);
        }
    }

    @Test
    void survivesEveryTruncation() {
        byte[] good = table(new Random(5));
        for (int length = 0; length < good.length; length += length < 2000 ? 1 : 97) {
            put(Arrays.copyOf(good, length));
        }
    }

    private static byte[] table(Random random) {
        RandomTables tables = new RandomTables(random);
        Schema schema = tables.schema(1 + random.nextInt(5));
        IpcBytes ipc = new IpcBytes(schema);
        switch (random.nextInt(6)) {
            case 0 -> ipc.asFile();
            case 1 -> ipc.withOldFraming();
            case 2 -> ipc.withCodec(CompressionType.ZSTD);
            case 3 -> ipc.withCodec(CompressionType.LZ4_FRAME);
            default -> {}
        }
        tables.write(schema, ipc, random.nextBoolean());
        return ipc.end();
    }

    private static void damage(byte[] bytes, Random random) {
        int at = random.nextInt(bytes.length);
        if (random.nextBoolean()) {
            bytes[at] ^= (byte) (1 << random.nextInt(8));
        } else {
            overwrite(bytes, at, random);
        }
    }

    private static void overwrite(byte[] bytes, int at, Random random) {
        int value = HOSTILE[random.nextInt(HOSTILE.length)];
        int width = 1 << random.nextInt(4);
        for (int i = 0; i < width && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (value >> Math.min(31, 8 * i));
        }
    }

    /// Puts the bytes in each way there is; what is accepted must be consistent.
    private static void put(byte[] bytes) {
        MemorySegment source = MemorySegment.ofArray(bytes);
        try {
            for (MemorySegment segment : SegmentMaker.make(source, 0, true)) {
                checkSegment(segment);
            }
        } catch (ShelfException e) {
            assertIpcError(e);
        }
        try {
            SlabPayload payload = SlabPayload.compose(source, true, 1 << 16);
            if (payload.fits()) {
                MemorySegment slab = MemorySegment.ofArray(new byte[(int) payload.payloadBytes()]);
                payload.writeTo(slab);
                ContentValidator.validate(slab, true);
            }
        } catch (ShelfException e) {
            assertIpcError(e);
        }
        try {
            readFromChannel(bytes);
        } catch (ShelfException e) {
            assertIpcError(e);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// What was accepted goes through once more and stays the same.
    private static void checkSegment(MemorySegment segment) {
        List<MemorySegment> again = SegmentMaker.make(segment, 0, true);
        assertThat(again).hasSize(1);
        assertThat(IpcContent.ofSegment(again.getFirst())).isEqualTo(IpcContent.ofSegment(segment));
    }

    private static void readFromChannel(byte[] bytes) throws IOException {
        IpcStreamReader reader =
                new IpcStreamReader(Channels.newChannel(new ByteArrayInputStream(bytes)));
        for (IpcMessage message = reader.next(); message != null; message = reader.next()) {
            if (message.bodyBytes() < bytes.length) {
                reader.readBody(MemorySegment.ofArray(new byte[(int) message.bodyBytes()]));
            }
        }
    }

    private static void assertIpcError(ShelfException e) {
        assertThat(e.code())
                .isIn(ErrorCode.INVALID_IPC, ErrorCode.UNSUPPORTED_IPC, ErrorCode.OUT_OF_MEMORY);
        assertThat(e.getMessage()).contains("=");
    }
}
