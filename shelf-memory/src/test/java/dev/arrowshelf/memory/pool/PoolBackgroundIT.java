package dev.arrowshelf.memory.pool;

import static dev.arrowshelf.memory.pool.PoolFixture.MIB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.memory.ChildProcess;
import dev.arrowshelf.memory.DirectoryProbe;
import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.HugePageCount;
import dev.arrowshelf.memory.NoSpaceException;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.memory.ShmDirectory;
import dev.arrowshelf.memory.SmallTmpfs;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The pool's threads at work, and a shelf that is full.
final class PoolBackgroundIT {
    private static final long DEADLINE_NANOS = 30_000_000_000L;

    @TempDir(factory = ShmDirectory.class)
    private Path directory;

    @Test
    void theFillerFillsAndRefills() throws IOException {
        PoolSettings settings = settings(directory, 300 * MIB);
        try (WarmPool pool = WarmPool.open(settings)) {
            pool.start();
            await(() -> givesWarm(pool));
            await(() -> givesWarm(pool));
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().equals("shelf-pool-filler"));
    }

    @Test
    void theFillerIsHeldForAWhileOnly() throws IOException {
        try (WarmPool pool = WarmPool.open(settings(directory, 300 * MIB));
                WarmPool.Hold _ = pool.hold()) {
            pool.start();
            await(() -> givesWarm(pool));
        }
    }

    @Test
    void aReaderInAnotherProcessKeepsItsPages() throws IOException, InterruptedException {
        try (WarmPool pool = WarmPool.open(settings(directory, 300 * MIB))) {
            Blank blank = pool.take(4 * MIB, ColdPages.ALLOCATED);
            blank.close();
            String script =
                    """
                    import mmap, os, sys
                    fd = os.open(sys.argv[1], os.O_RDONLY)
                    pages = mmap.mmap(fd, 0, prot=mmap.PROT_READ)
                    os.close(fd)
                    print('mapped', flush=True)
                    sys.stdin.read()
                    """;
            try (ChildProcess reader = ChildProcess.python(script, blank.path().toString())) {
                assertThat(reader.readLine()).isEqualTo("mapped");
                assertThat(pool.giveBack(blank)).isEqualTo(RecycleAnswer.IN_USE);
                reader.kill();
                assertThat(pool.giveBack(blank)).isEqualTo(RecycleAnswer.POOLED);
            }
        }
    }

    @Test
    void aBlankThatCameBackWithSmallPagesGetsHugeOnesWhileItWaits() throws IOException {
        PoolSettings settings = settings(directory, 300 * MIB);
        assertThat(settings.features().collapse()).as("this machine's kernel is recent").isTrue();
        try (WarmPool pool = WarmPool.open(settings)) {
            Blank blank = pool.take(64 * MIB, ColdPages.ALLOCATED);
            assertThat(hugeBytes(blank)).isZero();
            assertThat(pool.giveBack(blank)).isEqualTo(RecycleAnswer.POOLED);
            assertThat(pool.hugeBytes()).isZero();
            pool.start();
            await(() -> pool.hugeBytes() >= 64 * MIB);
            try (Blank again = pool.take(64 * MIB, ColdPages.LEFT_TO_TAKER)) {
                assertThat(again.warmBytes()).isEqualTo(64 * MIB);
                assertThat(hugeBytes(again)).isEqualTo(64 * MIB);
            }
        }
    }

    @Test
    void pagesThatAreBeingCollapsedAreFreeWhenThePoolHasGivenThemBack()
            throws IOException, InterruptedException {
        Optional<SmallTmpfs> mounted = SmallTmpfs.mount(100);
        if (mounted.isEmpty()) {
            return;
        }
        try (SmallTmpfs small = mounted.get()) {
            PoolSettings settings = settings(small.directory(), 90 * MIB);
            Files.createDirectories(settings.poolDirectory());
            long free = DirectoryProbe.freeBytes(small.directory());
            for (int round = 0; round < 20; round++) {
                try (WarmPool pool = WarmPool.open(settings)) {
                    Blank blank = pool.take(80 * MIB, ColdPages.ALLOCATED);
                    assertThat(pool.giveBack(blank)).isEqualTo(RecycleAnswer.POOLED);
                    pool.start(); // and it begins to collapse
                    LockSupport.parkNanos(round * 1_000_000L); // each time a little later
                    assertThat(pool.releaseForPut(80 * MIB)).isEqualTo(80 * MIB);
                    assertThat(DirectoryProbe.freeBytes(small.directory())).isEqualTo(free);
                }
            }
        }
    }

    private static long hugeBytes(Blank blank) throws IOException {
        try (Region region = Region.mapReadOnly(blank.file(), blank.bytes())) {
            return HugePageCount.of(region);
        }
    }

    @Test
    void aFullShelfGetsThePoolsPagesBackBeforeAPutFails() throws IOException, InterruptedException {
        Optional<SmallTmpfs> mounted = SmallTmpfs.mount(100);
        if (mounted.isEmpty()) {
            return;
        }
        try (SmallTmpfs small = mounted.get()) {
            PoolSettings settings = settings(small.directory(), 90 * MIB);
            try (WarmPool pool = WarmPool.open(settings)) {
                PoolFixture.settle(pool);
                assertThat(pool.bytes()).isEqualTo(64 * MIB);
                try (Blank first = pool.take(20 * MIB, ColdPages.ALLOCATED);
                        Blank second = pool.take(30 * MIB, ColdPages.ALLOCATED)) {
                    assertThat(first.file().allocatedBytes()).isEqualTo(20 * MIB);
                    assertThat(second.file().allocatedBytes()).isEqualTo(30 * MIB);
                    assertThat(pool.bytes()).isZero();
                    assertThatThrownBy(() -> pool.take(60 * MIB, ColdPages.ALLOCATED))
                            .isInstanceOf(NoSpaceException.class);
                    assertThat(DirectoryProbe.freeBytes(small.directory()))
                            .isGreaterThanOrEqualTo(49 * MIB);
                    assertThatThrownBy(() -> second.resize(90 * MIB, ColdPages.ALLOCATED))
                            .isInstanceOf(NoSpaceException.class);
                    assertThat(second.bytes()).isEqualTo(second.file().size()).isEqualTo(30 * MIB);
                }
            }
        }
    }

    @Test
    void aFillThatFindsNoRoomLeavesNothing() throws IOException, InterruptedException {
        Optional<SmallTmpfs> mounted = SmallTmpfs.mount(40);
        if (mounted.isEmpty()) {
            return;
        }
        try (SmallTmpfs small = mounted.get()) {
            PoolSettings settings = settings(small.directory(), 90 * MIB);
            try (WarmPool pool = WarmPool.open(settings)) {
                assertThat(PoolFixture.settle(pool)).isZero();
                assertThat(pool.bytes()).isZero();
                assertThat(small.directory().resolve("pool")).isEmptyDirectory();
            }
        }
    }

    @Test
    void coldSegmentsAreCollapsedUnlessTheyAreRead() throws IOException {
        if (!DirectoryProbe.probe(directory).collapse()) {
            System.out.println(
                    "Collapsing is not tested here: the kernel has no MADV_COLLAPSE for tmpfs");
            return;
        }
        Path read = coldSegment("read");
        Path unread = coldSegment("unread");
        try (CollapseQueue queue = CollapseQueue.open();
                Region reader = Region.mapReadOnly(read)) {
            queue.submit(read);
            queue.submit(directory.resolve("gone"));
            queue.submit(unread);
            await(() -> queue.size() == 1);
            assertThat(HugePageCount.of(reader)).isZero();
            try (Region region = Region.mapReadOnly(unread)) {
                assertThat(HugePageCount.of(region)).isEqualTo(8 * MIB);
                assertThat(region.segment().get(ValueLayout.JAVA_BYTE, 5 * MIB))
                        .isEqualTo((byte) 3);
            }
        }
    }

    @Test
    void aSegmentIsCollapsedWhenItsReaderIsGone() throws IOException {
        if (!DirectoryProbe.probe(directory).collapse()) {
            System.out.println(
                    "Collapsing is not tested here: the kernel has no MADV_COLLAPSE for tmpfs");
            return;
        }
        Path segment = coldSegment("segment");
        try (CollapseQueue queue = CollapseQueue.open()) {
            try (Region reader = Region.mapReadOnly(segment)) {
                queue.submit(segment);
                assertThat(reader.byteSize()).isEqualTo(8 * MIB);
            }
            await(() -> queue.size() == 0);
            try (Region region = Region.mapReadOnly(segment)) {
                assertThat(HugePageCount.of(region)).isEqualTo(8 * MIB);
            }
        }
    }

    private Path coldSegment(String name) throws IOException {
        Path path = directory.resolve(name);
        try (FileHandle file = FileHandle.create(path, 0600)) {
            byte[] threes = new byte[(int) (8 * MIB)];
            Arrays.fill(threes, (byte) 3);
            file.write(MemorySegment.ofArray(threes), 0);
            file.chmod(0400);
        }
        return path;
    }

    private static PoolSettings settings(Path shelf, long capBytes) throws IOException {
        Files.createDirectories(shelf.resolve("tmp"));
        AtomicLong generation = new AtomicLong(100);
        return new PoolSettings(
                shelf,
                new ByteSize(capBytes),
                true,
                DirectoryProbe.probe(shelf),
                generation::incrementAndGet,
                new PoolFixture.Counted(_ -> true),
                InstantSource.system());
    }

    private static boolean givesWarm(WarmPool pool) {
        try (Blank blank = pool.take(64 * MIB, ColdPages.LEFT_TO_TAKER)) {
            Files.delete(blank.path());
            return blank.warmBytes() == 64 * MIB;
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
        }
    }
}
