package dev.arrowshelf.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ParallelCopyTest {
    private static final long MIB = 1L << 20;

    @TempDir(factory = ShmDirectory.class)
    private Path directory;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void copiesManyRangesIntoColdAndWarmPages(int threads) throws IOException {
        long seed = Long.getLong("shelf.seed", System.nanoTime());
        Random random = new Random(seed);
        long bytes = 40 * MIB + 12_345;
        byte[] expected = new byte[(int) bytes];
        try (ParallelCopy copy = ParallelCopy.open(threads);
                FileHandle file = FileHandle.create(directory.resolve("a"), 0600)) {
            file.truncate(bytes);
            long warm = 10 * MIB;
            file.allocate(0, warm);
            try (Region region = Region.mapWritable(file, bytes)) {
                List<ParallelCopy.Range> ranges = new ArrayList<>();
                long at = 0;
                while (at < bytes) {
                    long step =
                            Math.min(
                                    bytes - at,
                                    1
                                            + random.nextInt(
                                                    random.nextBoolean()
                                                            ? 100_000
                                                            : (int) (20 * MIB)));
                    byte[] content = new byte[(int) step];
                    random.nextBytes(content);
                    System.arraycopy(content, 0, expected, (int) at, content.length);
                    ranges.add(
                            new ParallelCopy.Range(
                                    MemorySegment.ofArray(content), region, at, warm));
                    at += step + Math.min(bytes - at - step, random.nextInt(5_000));
                }
                copy.copy(ranges);
                assertThat(region.segment().mismatch(MemorySegment.ofArray(expected)))
                        .as("seed %d", seed)
                        .isEqualTo(-1);
            }
        }
    }

    @Test
    void copiesWhatOnlyTheCallerMayRead() throws IOException {
        long bytes = 20 * MIB;
        try (Arena confined = Arena.ofConfined();
                ParallelCopy copy = ParallelCopy.open(2);
                FileHandle file = FileHandle.create(directory.resolve("a"), 0600)) {
            MemorySegment source = confined.allocate(bytes);
            source.fill((byte) 5);
            file.truncate(bytes);
            try (Region region = Region.mapWritable(file, bytes)) {
                copy.copy(List.of(new ParallelCopy.Range(source, region, 0, 0)));
                assertThat(region.segment().mismatch(source)).isEqualTo(-1);
            }
        }
    }

    @Test
    void copiesFromForeignMemory() throws IOException {
        try (Arena arena = Arena.ofShared();
                ParallelCopy copy = ParallelCopy.open();
                FileHandle file = FileHandle.create(directory.resolve("a"), 0600)) {
            MemorySegment lent = arena.allocateFrom(ValueLayout.JAVA_LONG, 1, 2, 3);
            file.allocate(0, 4096);
            try (Region region = Region.mapWritable(file, 4096)) {
                MemorySegment source = ForeignMemory.at(lent.address(), lent.byteSize());
                copy.copy(List.of(new ParallelCopy.Range(source, region, 64, 4096)));
                assertThat(region.segment().getAtIndex(ValueLayout.JAVA_LONG, 10)).isEqualTo(3);
            }
        }
        assertThatThrownBy(() -> ForeignMemory.at(0, 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(ForeignMemory.at(0, 0).byteSize()).isZero();
    }

    @Test
    void copiesNothingGladly() throws IOException {
        try (ParallelCopy copy = ParallelCopy.open()) {
            copy.copy(List.of());
        }
    }

    @Test
    void worksOnItsCallerAfterClose() throws IOException {
        ParallelCopy copy = ParallelCopy.open(2);
        copy.close();
        try (FileHandle file = FileHandle.create(directory.resolve("a"), 0600)) {
            file.truncate(20 * MIB);
            try (Region region = Region.mapWritable(file, 20 * MIB)) {
                byte[] source = new byte[(int) (20 * MIB)];
                source[source.length - 1] = 9;
                copy.copy(
                        List.of(
                                new ParallelCopy.Range(
                                        MemorySegment.ofArray(source), region, 0, 0)));
                assertThat(region.segment().get(ValueLayout.JAVA_BYTE, 20 * MIB - 1))
                        .isEqualTo((byte) 9);
            }
        }
    }

    @Test
    void refusesRangesOutsideTheRegion() throws IOException {
        try (FileHandle file = FileHandle.create(directory.resolve("a"), 0600)) {
            file.allocate(0, 4096);
            try (Region region = Region.mapWritable(file, 4096)) {
                MemorySegment source = MemorySegment.ofArray(new byte[100]);
                assertThatThrownBy(() -> new ParallelCopy.Range(source, region, 4000, 0))
                        .isInstanceOf(IndexOutOfBoundsException.class);
            }
        }
    }

    @Test
    void passesOnWhatGoesWrongOnAnyThread() throws IOException {
        try (ParallelCopy copy = ParallelCopy.open(2);
                FileHandle file = FileHandle.create(directory.resolve("a"), 0600)) {
            file.truncate(64 * MIB);
            Region region = Region.mapWritable(file, 64 * MIB);
            ParallelCopy.Range range =
                    new ParallelCopy.Range(
                            MemorySegment.ofArray(new byte[(int) (64 * MIB)]), region, 0, 0);
            region.close();
            assertThatThrownBy(() -> copy.copy(List.of(range)))
                    .isInstanceOf(IllegalStateException.class);
        }
    }
}
