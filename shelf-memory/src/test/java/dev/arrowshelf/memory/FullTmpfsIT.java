package dev.arrowshelf.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A full tmpfs must be an error with numbers, never a SIGBUS.
final class FullTmpfsIT {
    private static final long MIB = 1L << 20;

    @Test
    void allocatingBeyondItIsAnError() throws IOException, InterruptedException {
        Optional<SmallTmpfs> mounted = SmallTmpfs.mount(16);
        if (mounted.isEmpty()) {
            return;
        }
        try (SmallTmpfs small = mounted.get();
                FileHandle file = FileHandle.create(small.directory().resolve("a"), 0600)) {
            assertThatThrownBy(() -> file.allocate(0, 17 * MIB))
                    .isInstanceOf(NoSpaceException.class)
                    .hasMessageContaining("posix_fallocate found no room: errno=ENOSPC")
                    .hasMessageContaining("bytes=" + 17 * MIB);
            file.truncate(0);
            assertThatThrownBy(() -> fill(file))
                    .isInstanceOf(NoSpaceException.class)
                    .hasMessageContaining("pwrite");
            assertThat(DirectoryProbe.freeBytes(small.directory())).isZero();
        }
    }

    @Test
    void populatingBeyondItIsAnError() throws IOException, InterruptedException {
        Optional<SmallTmpfs> mounted = SmallTmpfs.mount(15);
        if (mounted.isEmpty()) {
            return;
        }
        try (SmallTmpfs small = mounted.get();
                FileHandle file = FileHandle.create(small.directory().resolve("a"), 0600)) {
            file.truncate(32 * MIB);
            try (Region region = Region.mapWritable(file, 32 * MIB)) {
                region.populate(0, 14 * MIB);
                region.populate(14 * MIB, MIB);
                assertThat(file.allocatedBytes()).isEqualTo(15 * MIB);
                assertThatThrownBy(() -> region.populate(15 * MIB, 1))
                        .isInstanceOf(NoSpaceException.class)
                        .hasMessageContaining("offset=" + 15 * MIB);
                assertThatThrownBy(() -> region.populate(16 * MIB, 16 * MIB))
                        .isInstanceOf(NoSpaceException.class);
            }
        }
    }

    @Test
    void copyingColdBeyondItIsAnErrorOnEveryThread() throws IOException, InterruptedException {
        Optional<SmallTmpfs> mounted = SmallTmpfs.mount(64);
        if (mounted.isEmpty()) {
            return;
        }
        try (SmallTmpfs small = mounted.get();
                ParallelCopy copy = ParallelCopy.open(4);
                FileHandle file = FileHandle.create(small.directory().resolve("a"), 0600)) {
            file.truncate(128 * MIB);
            try (Region region = Region.mapWritable(file, 128 * MIB)) {
                MemorySegment source = MemorySegment.ofArray(new byte[(int) (128 * MIB)]);
                assertThatThrownBy(() ->
                                copy.copy(List.of(new ParallelCopy.Range(source, region, 0, 0))))
                        .isInstanceOf(NoSpaceException.class);
            }
        }
    }

    @Test
    void probesASmallOneLikeAnyOther() throws IOException, InterruptedException {
        Optional<SmallTmpfs> mounted = SmallTmpfs.mount(64);
        if (mounted.isEmpty()) {
            return;
        }
        try (SmallTmpfs small = mounted.get()) {
            Path directory = small.directory();
            DirectoryFeatures features = DirectoryProbe.probe(directory);
            assertThat(features.tmpfs()).isTrue();
            assertThat(features.leases()).isTrue();
            assertThat(features.capacityBytes()).isEqualTo(64 * MIB);
            assertThat(directory).isEmptyDirectory();
        }
    }

    private static void fill(FileHandle file) throws IOException {
        MemorySegment block = MemorySegment.ofArray(new byte[1 << 20]);
        for (long at = 0; at < 64 * MIB; at += MIB) {
            file.write(block, at);
        }
    }
}
