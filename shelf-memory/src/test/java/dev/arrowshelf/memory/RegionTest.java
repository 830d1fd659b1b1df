package dev.arrowshelf.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RegionTest {
    private static final long HUGE = HugePages.pageBytes();

    @TempDir(factory = ShmDirectory.class)
    private Path directory;

    @Test
    void showsTheBytesOfTheFileReadOnly() throws IOException {
        Path path = file(10_000);
        try (FileHandle file = FileHandle.openReadWrite(path)) {
            file.write(MemorySegment.ofArray(new byte[] {42}), 9_999);
        }
        try (Region region = Region.mapReadOnly(path)) {
            assertThat(region.byteSize()).isEqualTo(10_000);
            assertThat(region.segment().get(ValueLayout.JAVA_BYTE, 9_999)).isEqualTo((byte) 42);
            assertThat(region.segment().isReadOnly()).isTrue();
            assertThat(region.segment().address()).isEqualTo(region.address());
        }
    }

    @Test
    void sharesWhatIsWritten() throws IOException {
        Path path = file(4096);
        try (FileHandle file = FileHandle.openReadWrite(path);
                Region writer = Region.mapWritable(file, 4096);
                Region reader = Region.mapReadOnly(path)) {
            writer.segment().set(ValueLayout.JAVA_LONG, 8, 77);
            assertThat(reader.segment().get(ValueLayout.JAVA_LONG, 8)).isEqualTo(77);
        }
    }

    @Test
    void beginsAtAHugePageFromOneHugePageOn() throws IOException {
        try (Region small = Region.mapReadOnly(file(HUGE - 4096));
                Region large = Region.mapReadOnly(file(HUGE));
                Region odd = Region.mapReadOnly(file(HUGE + 12_345))) {
            assertThat(large.address() % HUGE).isZero();
            assertThat(odd.address() % HUGE).isZero();
            assertThat(odd.byteSize()).isEqualTo(HUGE + 12_345);
            assertThat(small.byteSize()).isEqualTo(HUGE - 4096);
        }
    }

    @Test
    void leavesNoSlackBehind() throws IOException {
        Path path = file(HUGE + 4096);
        Region.mapReadOnly(path).close();
        long before = mappings();
        for (int i = 0; i < 500; i++) {
            Region.mapReadOnly(path).close();
        }
        assertThat(mappings()).isLessThan(before + 50);
        try (Region region = Region.mapReadOnly(path)) {
            assertThat(mappingsOf(path)).isEqualTo(1);
            assertThat(region.byteSize()).isEqualTo(HUGE + 4096);
        }
        assertThat(mappingsOf(path)).isZero();
    }

    @Test
    void neverMapsPastTheEndOfTheFile() throws IOException {
        Path path = file(8192);
        try (FileHandle file = FileHandle.openReadOnly(path)) {
            assertThatThrownBy(() -> Region.mapReadOnly(file, 8193))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("bytes=8193, limit=8192");
            assertThatThrownBy(() -> Region.mapReadOnly(file, 0))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> Region.mapReadOnly(file(0)))
                .isInstanceOf(ForeignFileException.class);
    }

    @Test
    void endsEverySliceWhenItIsClosed() throws IOException {
        Region region = Region.mapReadOnly(file(8192));
        MemorySegment slice = region.segment().asSlice(4096, 16);
        region.close();
        region.close();
        assertThatThrownBy(() -> slice.get(ValueLayout.JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(region::segment).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> region.populate(0, 1)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void stopsReadersOnOtherThreadsInsteadOfCrashingThem() throws Exception {
        Region region = Region.mapReadOnly(file(4 * HUGE));
        MemorySegment segment = region.segment();
        CountDownLatch reading = new CountDownLatch(1);
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<Long> reader =
                    executor.submit(() -> {
                        long sum = 0;
                        while (true) {
                            for (long at = 0; at < segment.byteSize(); at += 64) {
                                sum += segment.get(ValueLayout.JAVA_BYTE, at);
                            }
                            reading.countDown();
                            if (sum < 0) {
                                return sum;
                            }
                        }
                    });
            reading.await();
            region.close();
            assertThatThrownBy(reader::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void becomesReadOnlyUnderTheFeetOfItsViews() throws IOException {
        Path path = file(2 * HUGE);
        FileHandle writable = FileHandle.openReadWrite(path);
        try (Region region = Region.mapWritable(writable, 2 * HUGE)) {
            MemorySegment view = region.segment().asSlice(HUGE, 8);
            view.set(ValueLayout.JAVA_LONG, 0, 4711);
            writable.chmod(0400);
            writable.close();
            try (FileHandle readOnly = FileHandle.openReadOnly(path)) {
                assertThat(readOnly.tryReadLease()).isEqualTo(LeaseAnswer.IN_USE);
                region.becomeReadOnly(readOnly);
                assertThat(readOnly.tryReadLease()).isEqualTo(LeaseAnswer.GRANTED);
            }
            assertThat(view.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(4711);
            assertThat(region.segment().isReadOnly()).isTrue();
            assertThat(mappingsOf(path)).isEqualTo(1);
        }
    }

    @Test
    void growsInPlaceWithoutMovingEarlierViews() throws IOException {
        Path path = file(4096);
        try (FileHandle file = FileHandle.openReadWrite(path);
                Region region = Region.reserveWritable(file, 16 * HUGE)) {
            MemorySegment first = region.segment();
            first.set(ValueLayout.JAVA_LONG, 0, 1);
            for (long bytes : new long[] {10_000, HUGE, 3 * HUGE + 5, 16 * HUGE}) {
                file.allocate(0, bytes);
                region.extend(bytes);
                assertThat(region.byteSize()).isEqualTo(bytes);
                region.segment().set(ValueLayout.JAVA_BYTE, bytes - 1, (byte) 9);
            }
            assertThat(first.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(1);
            assertThat(region.segment().address()).isEqualTo(region.address());
            assertThat(region.address() % HUGE).isZero();
            assertThat(region.segment().get(ValueLayout.JAVA_BYTE, 9_999)).isEqualTo((byte) 9);
            assertThatThrownBy(() -> region.extend(16 * HUGE + 1))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(mappingsOf(path)).isZero();
    }

    @Test
    void refusesToGrowWhatWasNotReserved() throws IOException {
        try (FileHandle file = FileHandle.openReadWrite(file(4096));
                Region region = Region.mapWritable(file, 4096)) {
            assertThatThrownBy(() -> region.extend(8192)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void countsItsMappings() throws IOException {
        Path path = file(4096);
        MappingBudget budget = MappingBudget.process();
        long before = budget.used();
        try (Region a = Region.mapReadOnly(path);
                FileHandle file = FileHandle.openReadWrite(path);
                Region b = Region.reserveWritable(file, HUGE)) {
            assertThat(budget.used()).isEqualTo(before + 3);
            assertThat(budget.available()).isEqualTo(budget.limit() - before - 3);
            assertThat(a.byteSize()).isEqualTo(b.byteSize());
        }
        assertThat(budget.used()).isEqualTo(before);
        assertThat(budget.limit()).isEqualTo(HostMemory.maxMapCount() / 4);
    }

    @Test
    void refusesMoreMappingsThanTheBudgetHas() throws IOException {
        Path path = file(4096);
        MappingBudget budget = MappingBudget.process();
        int rest = Math.toIntExact(budget.available());
        budget.acquire(rest);
        try {
            assertThatThrownBy(() -> Region.mapReadOnly(path))
                    .isInstanceOf(NoSpaceException.class)
                    .hasMessageContaining("limit=" + budget.limit());
        } finally {
            budget.release(rest);
        }
        Region.mapReadOnly(path).close();
    }

    @Test
    void populatesARangeAndKeepsWhatWasThere() throws IOException {
        Path path = directory.resolve("sparse");
        try (FileHandle file = FileHandle.create(path, 0600)) {
            file.truncate(3 * HUGE + 4096);
            try (Region region = Region.mapWritable(file, 3 * HUGE + 4096)) {
                region.segment().set(ValueLayout.JAVA_INT, HUGE + 8192, 5);
                region.populate(1000, 3 * HUGE);
                assertThat(region.segment().get(ValueLayout.JAVA_INT, HUGE + 8192)).isEqualTo(5);
                assertThat(region.segment().get(ValueLayout.JAVA_INT, 2 * HUGE)).isZero();
            }
            assertThat(file.allocatedBytes()).isEqualTo(3 * HUGE + 4096);
        }
    }

    @Test
    void retiredRegionsAreClosedInTheBackground() throws IOException {
        Path path = file(4096);
        MappingBudget budget = MappingBudget.process();
        long before = budget.used();
        RegionReaper reaper = RegionReaper.open();
        Region late = Region.mapReadOnly(path);
        for (int i = 0; i < 100; i++) {
            reaper.retire(Region.mapReadOnly(path));
        }
        reaper.close();
        reaper.close();
        assertThat(budget.used()).isEqualTo(before + 1);
        reaper.retire(late);
        assertThat(budget.used()).isEqualTo(before);
    }

    private Path file(long bytes) throws IOException {
        Path path = Files.createTempFile(directory, "region-", "");
        try (FileHandle file = FileHandle.openReadWrite(path)) {
            file.allocate(0, bytes);
        }
        return path;
    }

    private static long mappings() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).size();
    }

    private static long mappingsOf(Path path) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(line -> line.endsWith(path.toString()))
                .count();
    }
}
