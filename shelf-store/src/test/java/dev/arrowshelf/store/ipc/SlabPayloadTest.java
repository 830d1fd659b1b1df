package dev.arrowshelf.store.ipc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.apache.arrow.flatbuf.CompressionType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.Test;

final class SlabPayloadTest {
    private static final Schema SCHEMA =
            TestSchemas.of(TestSchemas.int32("x"), TestSchemas.dictionary("d", 1, 8, true));

    private static TestBatch batch(int rows) {
        return new TestBatch(rows)
                .node(rows, 0)
                .buffer()
                .ints(new int[rows])
                .node(rows, 0)
                .buffer()
                .buffer(new byte[rows]);
    }

    private static IpcBytes table() {
        return new IpcBytes(SCHEMA)
                .begin()
                .dictionary(1, false, TestSchemas.letters("ab"))
                .batch(batch(3))
                .dictionary(1, false, TestSchemas.letters("xyz"))
                .batch(batch(2));
    }

    @Test
    void laysATableOutAsAnAlignedStream() {
        byte[] stream = table().end();
        SlabPayload payload = SlabPayload.compose(MemorySegment.ofArray(stream), true, 65_536);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment slab = arena.allocate(payload.payloadBytes() + 64, 64).fill((byte) 0x5a);

            payload.writeTo(slab);

            MemorySegment written = slab.asSlice(0, payload.payloadBytes());
            assertThat(IpcContent.ofStream(written.toArray(ValueLayout.JAVA_BYTE)))
                    .isEqualTo(IpcContent.ofStream(stream));
            for (LocatedMessage located : IpcScanner.scan(written).subList(1, 5)) {
                assertThat(located.bodyOffset() % 64).isZero();
            }
            assertThat(slab.get(ValueLayout.JAVA_BYTE, payload.payloadBytes()))
                    .isEqualTo((byte) 0x5a);
        }
        assertThat(payload.fits()).isTrue();
        assertThat(payload.rows()).isEqualTo(5);
        assertThat(payload.columns()).isEqualTo(2);
        assertThat(payload.schema().dictionaryIds()).containsExactly(1L);
    }

    @Test
    void takesTheBytesOfAFileToo() {
        byte[] file =
                new IpcBytes(SCHEMA)
                        .asFile()
                        .begin()
                        .dictionary(1, false, TestSchemas.letters("ab"))
                        .batch(batch(3))
                        .end();

        SlabPayload payload = SlabPayload.compose(MemorySegment.ofArray(file), true, 65_536);

        assertThat(payload.rows()).isEqualTo(3);
    }

    @Test
    void saysWhenATableIsTooLarge() {
        byte[] stream = table().end();
        long bytes =
                SlabPayload.compose(MemorySegment.ofArray(stream), true, 65_536).payloadBytes();

        assertThat(SlabPayload.compose(MemorySegment.ofArray(stream), true, bytes).fits()).isTrue();
        SlabPayload large = SlabPayload.compose(MemorySegment.ofArray(stream), true, bytes - 1);
        assertThat(large.fits()).isFalse();
        assertThat(large.payloadBytes()).isGreaterThan(bytes - 1);
        assertThatThrownBy(() -> large.writeTo(MemorySegment.ofArray(new byte[(int) bytes])))
                .isInstanceOf(IllegalStateException.class);
    }

    /// A few bytes may decode to very many: they are counted before anything is decoded.
    @Test
    void doesNotDecodeWhatDoesNotFit() {
        byte[] stream =
                new IpcBytes(TestSchemas.of(TestSchemas.int32("x")))
                        .withCodec(CompressionType.ZSTD)
                        .begin()
                        .batch(
                                new TestBatch(5_000_000)
                                        .node(5_000_000, 0)
                                        .buffer()
                                        .ints(new int[5_000_000]))
                        .end();

        SlabPayload payload = SlabPayload.compose(MemorySegment.ofArray(stream), true, 65_536);

        assertThat(stream).hasSizeLessThan(10_000);
        assertThat(payload.fits()).isFalse();
        assertThat(payload.payloadBytes()).isGreaterThan(20_000_000);
    }

    @Test
    void writesTheSameBytesWhateverLayThereBefore() {
        byte[] stream = table().end();
        SlabPayload payload = SlabPayload.compose(MemorySegment.ofArray(stream), true, 65_536);
        byte[] clean = new byte[(int) payload.payloadBytes()];
        byte[] dirty = new byte[clean.length];
        Arrays.fill(dirty, (byte) 0x77);

        payload.writeTo(MemorySegment.ofArray(clean));
        payload.writeTo(MemorySegment.ofArray(dirty));

        assertThat(dirty).isEqualTo(clean);
    }
}
