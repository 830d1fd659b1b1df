package dev.arrowshelf.store.ipc;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.arrow.flatbuf.CompressionType;
import org.apache.arrow.flatbuf.MetadataVersion;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random tables go through the composer and come back as they were, judged by the generated
/// flatbuffer classes.
final class SegmentRoundTripPropertyTest {
    private static final int TABLES = 400;

    static LongStream seeds() {
        long first = Long.getLong("shelf.seed", 20250101L);
        return LongStream.range(first, first + TABLES);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void keepsRandomTables(long seed) {
        Random random = new Random(seed);
        RandomTables tables = new RandomTables(random);
        Schema schema = tables.schema(random.nextInt(6));
        IpcBytes ipc = new IpcBytes(schema).withAlignment(8 << random.nextInt(4));
        if (random.nextInt(4) == 0) {
            ipc.withOldFraming();
        }
        tables.write(schema, ipc, false);
        check(ipc.end(), schema.getFields().size(), random.nextInt(100));
    }

    @Test
    void keepsEveryType() {
        for (long seed = 1; seed < 20; seed++) {
            RandomTables tables = new RandomTables(new Random(seed));
            Schema schema = tables.schemaOfEveryType();
            IpcBytes ipc = new IpcBytes(schema);
            tables.write(schema, ipc, false);
            check(ipc.end(), schema.getFields().size(), 0);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void keepsTablesWhoseDictionariesAreReplaced(long seed) {
        Random random = new Random(seed);
        RandomTables tables = new RandomTables(random);
        Schema schema = tables.schema(1 + random.nextInt(4));
        IpcBytes ipc = new IpcBytes(schema);
        tables.write(schema, ipc, true);
        byte[] stream = ipc.end();

        List<MemorySegment> segments = SegmentMaker.make(MemorySegment.ofArray(stream), 0, true);

        List<IpcContent> contents = segments.stream().map(IpcContent::ofSegment).toList();
        assertThat(IpcContent.recordBatches(contents))
                .isEqualTo(IpcContent.recordBatches(List.of(IpcContent.ofStream(stream))));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void decompressesBodies(long seed) {
        byte codec = seed % 2 == 0 ? CompressionType.ZSTD : CompressionType.LZ4_FRAME;
        byte[] plain = randomStream(seed, new IpcBytes(randomSchema(seed)));
        byte[] compressed = randomStream(seed, new IpcBytes(randomSchema(seed)).withCodec(codec));

        List<MemorySegment> segments =
                SegmentMaker.make(MemorySegment.ofArray(compressed), 0, true);

        assertThat(segments).hasSize(1);
        assertSameTable(IpcContent.ofSegment(segments.getFirst()), IpcContent.ofStream(plain));
        SlabPayload payload = SlabPayload.compose(MemorySegment.ofArray(compressed), true, 1 << 20);
        MemorySegment slab = MemorySegment.ofArray(new byte[(int) payload.payloadBytes()]);
        payload.writeTo(slab);
        assertThat(IpcContent.ofStream(slab.toArray(ValueLayout.JAVA_BYTE)))
                .isEqualTo(IpcContent.ofStream(plain));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void readsFilesAsItReadsStreams(long seed) {
        byte[] stream = randomStream(seed, new IpcBytes(randomSchema(seed)));
        byte[] file = randomStream(seed, new IpcBytes(randomSchema(seed)).asFile());

        MemorySegment segment = SegmentMaker.make(MemorySegment.ofArray(file), 7, true).getFirst();

        IpcContent fromStream =
                IpcContent.ofSegment(
                        SegmentMaker.make(MemorySegment.ofArray(stream), 7, true).getFirst());
        assertThat(IpcContent.ofSegment(segment)).isEqualTo(fromStream);
    }

    private static Schema randomSchema(long seed) {
        return new RandomTables(new Random(seed)).schema(3);
    }

    private static byte[] randomStream(long seed, IpcBytes to) {
        RandomTables tables = new RandomTables(new Random(seed));
        Schema schema = tables.schema(3);
        tables.write(schema, to, false);
        return to.end();
    }

    private static void check(byte[] stream, int columns, int spareBytes) {
        List<MemorySegment> segments =
                SegmentMaker.make(MemorySegment.ofArray(stream), spareBytes, true);

        assertThat(segments).hasSize(1);
        IpcContent expected = IpcContent.ofStream(stream);
        IpcContent actual = IpcContent.ofSegment(segments.getFirst());
        assertSameTable(actual, expected);
        SegmentFile file = SegmentFile.read(segments.getFirst());
        assertThat(file.batches()).hasSize(IpcContent.recordBatches(List.of(expected)).size());
        SlabPayload payload = SlabPayload.compose(MemorySegment.ofArray(stream), true, 1 << 20);
        MemorySegment slab = MemorySegment.ofArray(new byte[(int) payload.payloadBytes()]);
        payload.writeTo(slab);
        ContentValidator.validate(slab, true);
        assertThat(IpcContent.ofStream(slab.toArray(ValueLayout.JAVA_BYTE))).isEqualTo(expected);
        assertThat(payload.rows()).isEqualTo(file.rows());
        assertThat(payload.columns()).isEqualTo(columns);
    }

    /// A segment lists all dictionaries before all record batches, and inner dictionaries first.
    private static void assertSameTable(IpcContent actual, IpcContent expected) {
        assertThat(actual.schema()).isEqualTo(expected.schema());
        assertThat(actual.batches()).containsExactlyInAnyOrderElementsOf(expected.batches());
        assertThat(IpcContent.recordBatches(List.of(actual)))
                .isEqualTo(IpcContent.recordBatches(List.of(expected)));
    }

    /// A V4 message without unions means what a V5 message means.
    @Test
    void upgradesOldMetadata() {
        Schema schema = new Schema(List.of(TestSchemas.int32("x")));
        TestBatch batch = new TestBatch(2).node(2, 0).buffer().ints(1, 2);
        byte[] old =
                new IpcBytes(schema)
                        .withVersion(MetadataVersion.V4)
                        .withOldFraming()
                        .begin()
                        .batch(batch)
                        .end();
        byte[] now = new IpcBytes(schema).begin().batch(batch).end();

        MemorySegment segment = SegmentMaker.make(MemorySegment.ofArray(old), 0, true).getFirst();

        assertThat(IpcContent.ofSegment(segment)).isEqualTo(IpcContent.ofStream(now));
    }
}
