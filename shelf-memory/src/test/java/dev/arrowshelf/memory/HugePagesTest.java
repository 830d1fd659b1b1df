package dev.arrowshelf.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HugePagesTest {
    private static final long HUGE = HugePages.pageBytes();

    @TempDir(factory = ShmDirectory.class)
    private Path directory;

    private boolean collapses;

    @BeforeEach
    void probe() throws IOException {
        collapses = DirectoryProbe.probe(directory).collapse();
    }

    @Test
    void collapsesWholePagesInsideTheRangeAndKeepsTheBytes() throws IOException {
        byte[] content = new byte[(int) (4 * HUGE)];
        new Random(3).nextBytes(content);
        Path path = directory.resolve("a");
        try (FileHandle file = FileHandle.create(path, 0600)) {
            file.write(MemorySegment.ofArray(content), 0);
            file.chmod(0400);
        }
        try (Region region = Region.mapReadOnly(path)) {
            assertThat(HugePageCount.of(region)).isZero();
            long collapsed = HugePages.collapse(region, 1, 4 * HUGE - 1);
            assertThat(collapsed).isEqualTo(collapses ? 3 * HUGE : 0);
            assertThat(region.segment().mismatch(MemorySegment.ofArray(content))).isEqualTo(-1);
            assertThat(HugePageCount.of(region)).isEqualTo(collapses ? 3 * HUGE : 0);
        }
    }

    @Test
    void populatedPagesAreHugeFromBirth() throws IOException {
        try (FileHandle file = FileHandle.create(directory.resolve("a"), 0600)) {
            file.truncate(4 * HUGE + 4096);
            try (Region region = Region.mapWritable(file, 4 * HUGE + 4096)) {
                region.populate(0, 4 * HUGE + 4096);
                for (long at = 0; at < 4 * HUGE; at += 4096) {
                    region.segment().set(ValueLayout.JAVA_BYTE, at, (byte) 1);
                }
                assertThat(HugePageCount.of(region)).isEqualTo(collapses ? 4 * HUGE : 0);
                assertThat(file.allocatedBytes()).isEqualTo(4 * HUGE + 4096);
            }
        }
    }

    @Test
    void rangesWithoutAWholePageAreLeftAlone() throws IOException {
        try (FileHandle file = FileHandle.create(directory.resolve("a"), 0600)) {
            file.allocate(0, 3 * HUGE);
            try (Region region = Region.mapWritable(file, 3 * HUGE)) {
                assertThat(HugePages.collapse(region, 1, 2 * HUGE - 2)).isZero();
                assertThat(HugePages.collapse(region, HUGE, 0)).isZero();
            }
        }
    }
}
