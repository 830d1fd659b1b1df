package dev.arrowshelf.memory.pool;

import static dev.arrowshelf.memory.pool.PoolFixture.MIB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.memory.DirectoryFeatures;
import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.HugePageCount;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.memory.ShmDirectory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class WarmPoolTest {
    private static final long CAP = 200 * MIB;

    @TempDir(factory = ShmDirectory.class)
    private Path directory;

    private PoolFixture shelf;

    @BeforeEach
    void makeShelf() throws IOException {
        shelf = new PoolFixture(directory);
    }

    @Test
    void beginsWithOneBlankOf64MiB() throws IOException {
        PoolSettings settings = shelf.settings(CAP, true);
        try (WarmPool pool = WarmPool.open(settings)) {
            assertThat(pool.bytes()).isZero();
            assertThat(PoolFixture.settle(pool)).isEqualTo(1);
            assertThat(shelf.pooledSizes()).containsExactly(64 * MIB);
            assertThat(pool.bytes()).isEqualTo(64 * MIB);
            try (Blank blank = pool.take(50 * MIB, ColdPages.LEFT_TO_TAKER)) {
                assertThat(blank.bytes()).isEqualTo(64 * MIB);
                assertThat(blank.warmBytes()).isEqualTo(64 * MIB);
                assertThat(blank.path().getParent()).isEqualTo(directory.resolve("tmp"));
                assertThat(blank.file().allocatedBytes()).isEqualTo(64 * MIB);
                assertThat(pool.bytes()).isZero();
                assertThat(shelf.pooledSizes()).isEmpty();
                if (settings.features().collapse()) {
                    try (Region region = Region.mapWritable(blank.file(), blank.bytes())) {
                        assertThat(HugePageCount.of(region)).isEqualTo(64 * MIB);
                    }
                }
            }
        }
    }

    @Test
    void preparesNothingWhileItIsHeld() throws IOException {
        try (WarmPool pool = WarmPool.open(shelf.settings(CAP, true))) {
            try (WarmPool.Hold _ = pool.hold()) {
                try (WarmPool.Hold _ = pool.hold()) {
                    assertThat(PoolFixture.settle(pool)).isZero();
                }
                assertThat(PoolFixture.settle(pool)).as("somebody else holds it").isZero();
            }
            assertThat(PoolFixture.settle(pool)).isEqualTo(1);
        }
    }

    @Test
    void keepsASmallCap() throws IOException {
        PoolSettings settings = shelf.settings(7 * MIB, true);
        try (WarmPool pool = WarmPool.open(settings)) {
            PoolFixture.settle(pool);
            assertThat(shelf.pooledSizes()).containsExactly(6 * MIB);
        }
    }

    @Test
    void preparesNothingWhenItIsOff() throws IOException {
        PoolSettings settings = shelf.settings(0, true);
        try (WarmPool pool = WarmPool.open(settings)) {
            pool.start();
            assertThat(PoolFixture.settle(pool)).isZero();
            Blank blank = pool.take(10 * MIB, ColdPages.ALLOCATED);
            assertThat(pool.giveBack(blank)).isEqualTo(RecycleAnswer.REMOVED);
            assertThat(shelf.temporaryFiles()).isEmpty();
        }
    }

    @Test
    void givesColdFilesOfExactOrRoundedSize() throws IOException {
        try (WarmPool pool = WarmPool.open(shelf.settings(CAP, true))) {
            try (Blank small = pool.take(100_001, ColdPages.ALLOCATED)) {
                assertThat(small.bytes()).isEqualTo(100_001);
                assertThat(small.warmBytes()).isEqualTo(100_001);
                assertThat(small.file().size()).isEqualTo(100_001);
                assertThat(small.file().allocatedBytes()).isGreaterThanOrEqualTo(100_001);
            }
            try (Blank middle = pool.take(4 * MIB - 1, ColdPages.LEFT_TO_TAKER)) {
                assertThat(middle.bytes()).isEqualTo(4 * MIB - 1);
                assertThat(middle.warmBytes()).isZero();
            }
            try (Blank large = pool.take(4 * MIB + 1, ColdPages.LEFT_TO_TAKER)) {
                assertThat(large.bytes()).isEqualTo(6 * MIB);
                assertThat(large.file().allocatedBytes()).isZero();
            }
            assertThatThrownBy(() -> pool.take(0, ColdPages.ALLOCATED))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void takesTheBestFitAndWastesLittle() throws IOException {
        PoolSettings settings = shelf.settings(CAP, true);
        try (WarmPool pool = WarmPool.open(settings)) {
            pool.giveBack(pool.take(20 * MIB, ColdPages.ALLOCATED));
            Blank other = pool.take(12 * MIB, ColdPages.ALLOCATED);
            assertThat(other.bytes()).isEqualTo(20 * MIB);
            Blank small = pool.take(8 * MIB, ColdPages.ALLOCATED);
            pool.giveBack(other);
            pool.giveBack(small);
            assertThat(shelf.pooledSizes()).containsExactly(8 * MIB, 20 * MIB);
            try (Blank fits = pool.take(7 * MIB, ColdPages.LEFT_TO_TAKER)) {
                assertThat(fits.bytes()).isEqualTo(8 * MIB);
            }
            try (Blank wasteful = pool.take(5 * MIB, ColdPages.LEFT_TO_TAKER)) {
                assertThat(wasteful.bytes()).isEqualTo(6 * MIB);
                assertThat(wasteful.warmBytes()).isZero();
            }
        }
    }

    @Test
    void extendsTheLargestSmallerBlank() throws IOException {
        try (WarmPool pool = WarmPool.open(shelf.settings(CAP, true))) {
            pool.giveBack(pool.take(10 * MIB, ColdPages.ALLOCATED));
            try (Blank partly = pool.take(33 * MIB, ColdPages.LEFT_TO_TAKER)) {
                assertThat(partly.bytes()).isEqualTo(34 * MIB);
                assertThat(partly.warmBytes()).isEqualTo(10 * MIB);
                assertThat(partly.file().size()).isEqualTo(34 * MIB);
                partly.resize(40 * MIB, ColdPages.ALLOCATED);
                assertThat(partly.warmBytes()).isEqualTo(40 * MIB);
                assertThat(partly.file().allocatedBytes()).isEqualTo(40 * MIB);
                partly.resize(5 * MIB + 7, ColdPages.LEFT_TO_TAKER);
                assertThat(partly.bytes()).isEqualTo(partly.file().size()).isEqualTo(5 * MIB + 7);
            }
        }
    }

    @Test
    void preparesForWhatWasTakenLately() throws IOException {
        PoolSettings settings = shelf.settings(CAP, true);
        try (WarmPool pool = WarmPool.open(settings)) {
            PoolFixture.settle(pool);
            pool.take(100 * MIB, ColdPages.LEFT_TO_TAKER).close();
            pool.take(9 * MIB, ColdPages.LEFT_TO_TAKER).close();
            PoolFixture.settle(pool);
            assertThat(shelf.pooledSizes()).containsExactly(10 * MIB, 100 * MIB);
            try (Blank blank = pool.take(100 * MIB, ColdPages.LEFT_TO_TAKER)) {
                assertThat(blank.warmBytes()).isEqualTo(100 * MIB);
            }
        }
    }

    @Test
    void shrinksWhenNothingWasTakenFor20Seconds() throws IOException {
        PoolSettings settings = shelf.settings(CAP, true);
        try (WarmPool pool = WarmPool.open(settings)) {
            pool.take(150 * MIB, ColdPages.LEFT_TO_TAKER).close();
            PoolFixture.settle(pool);
            assertThat(pool.bytes()).isEqualTo(150 * MIB);
            shelf.advanceMillis(19_999);
            assertThat(PoolFixture.settle(pool)).isZero();
            shelf.advanceMillis(1);
            PoolFixture.settle(pool);
            assertThat(pool.bytes()).isEqualTo(64 * MIB);
            assertThat(shelf.pooledSizes()).containsExactly(64 * MIB);
            assertThat(PoolFixture.settle(pool)).isZero();
        }
    }

    @Test
    void recyclesADeadSegmentWithItsPagesAndContent() throws IOException {
        try (WarmPool pool = WarmPool.open(shelf.settings(CAP, true))) {
            Path dead = deadSegment(pool, 10 * MIB);
            assertThat(pool.recycle(dead)).isEqualTo(RecycleAnswer.POOLED);
            assertThat(dead).doesNotExist();
            assertThat(pool.bytes()).isEqualTo(10 * MIB);
            try (Blank blank = pool.take(10 * MIB, ColdPages.LEFT_TO_TAKER)) {
                assertThat(blank.warmBytes()).isEqualTo(10 * MIB);
                assertThat(blank.file().mode()).isEqualTo(0600);
                byte[] old = new byte[1];
                blank.file().read(MemorySegment.ofArray(old), 5 * MIB);
                assertThat(old[0]).isEqualTo((byte) 7);
            }
        }
    }

    @Test
    void cutsARecycledFileToWholeSteps() throws IOException {
        try (WarmPool pool = WarmPool.open(shelf.settings(CAP, true))) {
            assertThat(pool.recycle(deadSegment(pool, 3 * MIB + 5)))
                    .isEqualTo(RecycleAnswer.POOLED);
            assertThat(shelf.pooledSizes()).containsExactly(2 * MIB);
            assertThat(pool.recycle(deadSegment(pool, MIB))).isEqualTo(RecycleAnswer.REMOVED);
            assertThat(shelf.temporaryFiles()).isEmpty();
        }
    }

    @Test
    void waitsForTheLastReader() throws IOException {
        try (WarmPool pool = WarmPool.open(shelf.settings(CAP, true))) {
            Path dead = deadSegment(pool, 4 * MIB);
            try (Region reader = Region.mapReadOnly(dead)) {
                assertThat(pool.recycle(dead)).isEqualTo(RecycleAnswer.IN_USE);
                assertThat(dead).exists();
                assertThat(reader.byteSize()).isEqualTo(4 * MIB);
            }
            assertThat(pool.recycle(dead)).isEqualTo(RecycleAnswer.POOLED);
            assertThat(pool.recycle(dead)).isEqualTo(RecycleAnswer.REMOVED);
        }
    }

    @Test
    void removesWhatMustNotBeWrittenAgain() throws IOException {
        try (WarmPool pool = WarmPool.open(shelf.settings(CAP, true))) {
            Path linked = deadSegment(pool, 4 * MIB);
            Files.createLink(directory.resolve("second-name"), linked);
            assertThat(pool.recycle(linked)).isEqualTo(RecycleAnswer.REMOVED);
            Path sparse = directory.resolve("tmp/sparse.dead");
            try (FileHandle file = FileHandle.create(sparse, 0600)) {
                file.truncate(4 * MIB);
            }
            assertThat(pool.recycle(sparse)).isEqualTo(RecycleAnswer.REMOVED);
            assertThat(pool.bytes()).isZero();
            assertThat(directory.resolve("second-name")).exists();
        }
    }

    @Test
    void unlinksOnlyUnreadSegmentsWhenRecyclingIsOff() throws IOException {
        try (WarmPool pool = WarmPool.open(shelf.settings(CAP, false))) {
            Path dead = deadSegment(pool, 4 * MIB);
            try (Region reader = Region.mapReadOnly(dead)) {
                assertThat(pool.recycle(dead)).isEqualTo(RecycleAnswer.IN_USE);
                assertThat(reader.byteSize()).isEqualTo(4 * MIB);
            }
            assertThat(pool.recycle(dead)).isEqualTo(RecycleAnswer.REMOVED);
            assertThat(pool.bytes()).isZero();
        }
    }

    @Test
    void unlinksAtOnceWhereLeasesTellNothing() throws IOException {
        DirectoryFeatures noLeases = new DirectoryFeatures(true, false, true, true, Long.MAX_VALUE);
        try (WarmPool pool = WarmPool.open(shelf.settings(CAP, true, noLeases))) {
            Path dead = deadSegment(pool, 4 * MIB);
            try (Region reader = Region.mapReadOnly(dead)) {
                assertThat(pool.recycle(dead)).isEqualTo(RecycleAnswer.REMOVED);
                assertThat(dead).doesNotExist();
                assertThat(reader.segment().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 7);
            }
        }
    }

    @Test
    void neverHoldsMoreThanTheCap() throws IOException {
        try (WarmPool pool = WarmPool.open(shelf.settings(20 * MIB, true))) {
            Path first = deadSegment(pool, 12 * MIB);
            Path second = deadSegment(pool, 12 * MIB);
            assertThat(pool.recycle(first)).isEqualTo(RecycleAnswer.POOLED);
            assertThat(pool.recycle(second)).isEqualTo(RecycleAnswer.REMOVED);
            assertThat(pool.bytes()).isEqualTo(12 * MIB);
        }
    }

    @Test
    void prefersWhatIsAskedForWhenTheCapIsReached() throws IOException {
        PoolSettings settings = shelf.settings(70 * MIB, true);
        try (WarmPool pool = WarmPool.open(settings)) {
            PoolFixture.settle(pool);
            assertThat(shelf.pooledSizes()).containsExactly(64 * MIB);
            Path dead = deadSegment(pool, 20 * MIB);
            assertThat(pool.recycle(dead)).isEqualTo(RecycleAnswer.POOLED);
            assertThat(shelf.pooledSizes()).containsExactly(20 * MIB);
        }
    }

    @Test
    void givesPagesBackAtOnceAndRestsBeforeItFillsAgain() throws IOException {
        PoolSettings settings = shelf.settings(CAP, true);
        try (WarmPool pool = WarmPool.open(settings)) {
            PoolFixture.settle(pool);
            assertThat(pool.releaseForPut(MIB)).isEqualTo(64 * MIB);
            assertThat(pool.bytes()).isZero();
            assertThat(pool.releaseForPut(MIB)).isZero();
            assertThat(PoolFixture.settle(pool)).isZero();
            shelf.advanceMillis(1_000);
            assertThat(PoolFixture.settle(pool)).isEqualTo(1);
        }
    }

    @Test
    void asksWhetherThereIsRoom() throws IOException {
        PoolSettings settings = shelf.settings(CAP, true);
        shelf.setRoom(64 * MIB - 1);
        try (WarmPool pool = WarmPool.open(settings)) {
            assertThat(PoolFixture.settle(pool)).isZero();
            assertThat(pool.bytes()).isZero();
            shelf.setRoom(64 * MIB);
            shelf.advanceMillis(1_000);
            assertThat(PoolFixture.settle(pool)).isEqualTo(1);
        }
    }

    @Test
    void trims() throws IOException {
        PoolSettings settings = shelf.settings(CAP, true);
        try (WarmPool pool = WarmPool.open(settings)) {
            PoolFixture.settle(pool);
            pool.trim(64 * MIB);
            assertThat(pool.bytes()).isEqualTo(64 * MIB);
            pool.trim(64 * MIB - 1);
            assertThat(pool.bytes()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 20})
    void adoptsEachBlankOnceUnderItsName(int blanks) throws IOException {
        List<Path> planted = new ArrayList<>();
        for (int blank = 1; blank <= blanks; blank++) {
            Path path = directory.resolve("pool").resolve("%016x.blank".formatted(blank));
            try (FileHandle file = FileHandle.create(path, 0600)) {
                file.truncate(2 * MIB);
                file.allocate(0, 2 * MIB);
            }
            planted.add(path);
        }
        try (WarmPool pool = WarmPool.open(shelf.settings(CAP, true))) {
            assertThat(shelf.pooled()).containsExactlyInAnyOrderElementsOf(planted);
            assertThat(pool.bytes()).isEqualTo(2 * MIB * blanks);
        }
    }

    @Test
    void passesOverABlankThatSomebodyRemoved() throws IOException {
        try (WarmPool pool = WarmPool.open(shelf.settings(CAP, true))) {
            Blank first = pool.take(8 * MIB, ColdPages.ALLOCATED);
            Blank second = pool.take(8 * MIB, ColdPages.ALLOCATED);
            pool.giveBack(first);
            for (Path path : shelf.pooled()) {
                Files.delete(path);
            }
            pool.giveBack(second);
            for (int i = 0; i < 2; i++) {
                try (Blank blank = pool.take(8 * MIB, ColdPages.LEFT_TO_TAKER)) {
                    assertThat(blank.bytes()).isEqualTo(8 * MIB);
                }
            }
            assertThat(pool.bytes()).isZero();
        }
    }

    @Test
    void collapsingForgetsABlankThatSomebodyRemoved() throws IOException {
        PoolSettings settings = shelf.settings(CAP, true);
        Assumptions.assumeTrue(settings.features().collapse());
        try (WarmPool pool = WarmPool.open(settings)) {
            pool.giveBack(pool.take(8 * MIB, ColdPages.ALLOCATED));
            for (Path path : shelf.pooled()) {
                Files.delete(path);
            }
            assertThat(pool.filler().step()).isTrue();
            assertThat(pool.bytes()).isZero();
        }
    }

    @Test
    void adoptsWholeBlanksOfAnEarlierOwnerAndSweepsTheRest() throws IOException {
        PoolSettings settings = shelf.settings(CAP, true);
        try (WarmPool earlier = WarmPool.open(settings)) {
            PoolFixture.settle(earlier);
        }
        Path half = directory.resolve("pool").resolve("%016x.blank".formatted(77));
        try (FileHandle file = FileHandle.create(half, 0600)) {
            file.truncate(8 * MIB);
            file.allocate(0, MIB);
        }
        Files.writeString(directory.resolve("pool/rubbish"), "rubbish");
        try (WarmPool later = WarmPool.open(settings)) {
            assertThat(later.bytes()).isEqualTo(64 * MIB);
            assertThat(shelf.pooledSizes()).containsExactly(64 * MIB);
        }
    }

    private static Path deadSegment(WarmPool pool, long bytes) throws IOException {
        try (Blank blank = pool.take(bytes, ColdPages.ALLOCATED)) {
            blank.resize(bytes, ColdPages.ALLOCATED);
            byte[] sevens = new byte[Math.toIntExact(bytes)];
            Arrays.fill(sevens, (byte) 7);
            blank.file().write(MemorySegment.ofArray(sevens), 0);
            blank.file().chmod(0400);
            Path dead =
                    blank.path()
                            .resolveSibling("%016x-00000000.dead".formatted(blank.generation()));
            return Files.move(blank.path(), dead, StandardCopyOption.ATOMIC_MOVE);
        }
    }
}
