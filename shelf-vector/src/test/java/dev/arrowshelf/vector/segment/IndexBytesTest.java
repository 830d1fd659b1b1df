package dev.arrowshelf.vector.segment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.Storage;
import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.segment.IndexTuning.Calibration;
import dev.arrowshelf.vector.tree.KdBuilder;
import dev.arrowshelf.vector.tree.KdIndex;
import dev.arrowshelf.vector.tree.KdTree;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class IndexBytesTest {
    private static final int POINTS = 1000;
    private static final IndexIdentity IDENTITY =
            new IndexIdentity("t", 77, List.of("x", "y"), Metric.L2, IndexKind.KD_TREE);

    @Test
    void keepsWhatWasWritten() {
        try (Arena arena = Arena.ofConfined()) {
            IndexBytes index = IndexBytes.open(written(arena));

            assertThat(index.identity()).isEqualTo(IDENTITY);
            assertThat(index.shape()).isEqualTo(new IndexShape(1234, POINTS, 234, 2, 5));
            assertThat(index.tuning())
                    .isEqualTo(
                            new IndexTuning(
                                    9,
                                    8,
                                    Storage.FLOAT32,
                                    List.of(new Calibration(4, 0.5f, 1.5f))));
            assertThat(KdIndex.read(index).points()).isEqualTo(POINTS);
        }
    }

    @Test
    void layoutIsTheOneOfTheSpecification() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = written(arena);

            assertThat(new String(memory.asSlice(0, 8).toArray(ValueLayout.JAVA_BYTE), UTF_8))
                    .isEqualTo("ASHVIDX1");
            assertThat(memory.get(IndexLayout.INT, 8)).isEqualTo(2);
            assertThat(memory.get(IndexLayout.LONG, 16)).isEqualTo(memory.byteSize());
            assertThat(memory.get(IndexLayout.LONG, 24)).isEqualTo(77);
            assertThat(memory.get(IndexLayout.INT, 48)).isEqualTo(2);
            assertThat(memory.get(IndexLayout.LONG, 128 + 8)).isEqualTo(4096);
            assertThat(memory.byteSize() % 64).isZero();
        }
    }

    @Test
    void anyFlippedByteIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = written(arena);
            Random random = new Random(3);
            List<Long> places =
                    IntStream.range(0, 300)
                            .mapToObj(_ -> random.nextLong(memory.byteSize()))
                            .toList();
            for (long place : places) {
                byte before = memory.get(ValueLayout.JAVA_BYTE, place);
                memory.set(ValueLayout.JAVA_BYTE, place, (byte) (before ^ 0x10));
                if (isContent(memory, place)) {
                    refused(memory);
                }
                memory.set(ValueLayout.JAVA_BYTE, place, before);
            }
            assertThat(IndexBytes.open(memory).identity()).isEqualTo(IDENTITY);
        }
    }

    @Test
    void anyShorterIndexIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = written(arena);
            for (long length = 0; length < memory.byteSize(); length += 64) {
                refused(memory.asSlice(0, length));
            }
        }
    }

    @Test
    void anotherVersionIsRefused() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = written(arena);
            memory.set(IndexLayout.INT, 8, 1);
            memory.set(IndexLayout.INT, 4092, IndexLayout.checksum(memory.asSlice(0, 4092)));

            refused(memory);
        }
    }

    /// Whether a place is one that a checksum covers: all but the bytes between sections.
    private static boolean isContent(MemorySegment memory, long place) {
        if (place < IndexLayout.HEADER_BYTES) {
            return true;
        }
        for (int section = 0; section < memory.get(IndexLayout.INT, 72); section++) {
            long offset = memory.get(IndexLayout.LONG, 128 + 24L * section + 8);
            if (place >= offset
                    && place < offset + memory.get(IndexLayout.LONG, 144 + 24L * section)) {
                return true;
            }
        }
        return false;
    }

    private static void refused(MemorySegment memory) {
        assertThatThrownBy(() -> IndexBytes.open(memory))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        thrown -> assertThat(thrown.code()).isEqualTo(ErrorCode.CORRUPT));
    }

    private static MemorySegment written(Arena arena) {
        Random random = new Random(1);
        float[] points = new float[2 * POINTS];
        for (int i = 0; i < points.length; i++) {
            points[i] = random.nextFloat();
        }
        IndexWriter writer = new IndexWriter(IDENTITY).section(IndexSection.CENTRE, 16);
        KdIndex.reserve(writer, POINTS, 2);
        MemorySegment memory = arena.allocate(writer.totalBytes(), 64);
        try (Workers workers = new Workers(1)) {
            KdTree tree =
                    new KdBuilder(
                                    points,
                                    IntStream.range(0, POINTS).toArray(),
                                    POINTS,
                                    2,
                                    Workers.Watch.NONE)
                            .build(
                                    workers,
                                    writer.slice(memory, IndexSection.POINTS),
                                    writer.slice(memory, IndexSection.ROWS));
            KdIndex.writeNodes(tree, writer.slice(memory, IndexSection.NODES));
        }
        writer.finish(
                memory,
                new IndexShape(1234, POINTS, 234, 2, 5),
                new IndexTuning(9, 8, Storage.FLOAT32, List.of(new Calibration(4, 0.5f, 1.5f))));
        return memory;
    }
}
