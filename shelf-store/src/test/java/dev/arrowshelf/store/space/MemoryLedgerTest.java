package dev.arrowshelf.store.space;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.memory.pool.PoolAccount;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.MemoryUsage;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class MemoryLedgerTest {
    private static final long GIB = 1L << 30;

    private final MemoryLedger ledger =
            new MemoryLedger(new MemoryLimit(100, "test"), () -> 1_000, () -> 0);
    private final PoolAccount pool = ledger.poolAccount();

    @Test
    void theLimitIsTheLeastOfAllBounds() {
        assertThat(MemoryLimit.of(Optional.empty(), 24 * GIB, 24 * GIB, Long.MAX_VALUE, GIB))
                .isEqualTo(new MemoryLimit(12 * GIB, "half of the file system"));
        assertThat(
                        MemoryLimit.of(Optional.empty(), 100 * GIB, 24 * GIB, Long.MAX_VALUE, GIB)
                                .bytes())
                .isEqualTo(12 * GIB);
        assertThat(
                        MemoryLimit.of(
                                        Optional.of(new ByteSize(20 * GIB)),
                                        24 * GIB,
                                        24 * GIB,
                                        Long.MAX_VALUE,
                                        GIB)
                                .bytes())
                .isEqualTo(20 * GIB);
        assertThat(
                        MemoryLimit.of(
                                Optional.of(new ByteSize(99 * GIB)),
                                24 * GIB,
                                24 * GIB,
                                Long.MAX_VALUE,
                                GIB))
                .isEqualTo(new MemoryLimit(24 * GIB, "size of the file system"));
        assertThat(MemoryLimit.of(Optional.empty(), 24 * GIB, 24 * GIB, 2 * GIB, GIB).bytes())
                .isEqualTo(GIB - (64L << 20));
        assertThat(MemoryLimit.of(Optional.empty(), 24 * GIB, 24 * GIB, GIB, GIB).bytes()).isZero();
    }

    @Test
    void chargesUpToTheLimitAndNotBeyond() {
        assertThat(ledger.reserve(60)).isNotNull();
        assertThat(ledger.reserve(41)).isNull();
        assertThat(ledger.reserve(40)).isNotNull();
        assertThat(ledger.reserve(1)).isNull();
    }

    @Test
    void putsLeaveALittleForWhatGrowsBesideThem() {
        MemoryLedger large = new MemoryLedger(new MemoryLimit(GIB, "test"), () -> GIB, () -> 0);
        assertThat(large.grantable()).isEqualTo(GIB - (1 << 20));
        assertThat(large.reserve(GIB)).isNull();
        assertThat(large.reserve(large.grantable())).isNotNull();
        large.addResident(1 << 20);
        assertThat(large.usage().used()).isEqualTo(GIB);
    }

    @Test
    void thePoolStandsBackForPutsAndNeverCountsTwice() {
        assertThat(pool.grow(80)).isTrue();
        assertThat(pool.grow(21)).isFalse();
        Reservation put = reserved(60);
        assertThat(ledger.excess()).isEqualTo(40);
        assertThat(pool.grow(1)).isFalse();
        requireUsed(100);
        ledger.taken(put, 30);
        requireUsed(100);
        assertThat(ledger.excess()).isEqualTo(10);
        pool.shrink(10);
        requireUsed(100);
        ledger.settlePromise(put);
        requireUsed(100);
        assertThat(ledger.usage().writing()).isEqualTo(60);
        assertThat(ledger.usage().pool()).isEqualTo(40);
    }

    @Test
    void aPromiseThatIsNotKeptShows() {
        pool.add(80);
        Reservation put = reserved(60);
        ledger.settlePromise(put);
        requireUsed(140);
    }

    @Test
    void aPromiseThatOthersKeptHidesNothing() {
        pool.add(50);
        Reservation first = reserved(60);
        pool.shrink(10); // for somebody else
        assertThat(pool.grow(1)).isFalse();
        Reservation second = reserved(10);
        requireUsed(100);
        ledger.settlePromise(first);
        requireUsed(100);
        ledger.taken(second, 10);
        ledger.settlePromise(second);
        requireUsed(100);
    }

    @Test
    void aBlankLargerThanThePutIsChargedWhole() {
        pool.add(90);
        Reservation put = reserved(20);
        ledger.taken(put, 40);
        assertThat(put.bytes()).isEqualTo(40);
        requireUsed(90);
        ledger.cancel(put);
        requireUsed(50);
    }

    @Test
    void pagesOfWithdrawnFilesChangeHandsInOneStep() {
        Reservation put = reserved(50);
        ledger.settle(put.bytes(), 48);
        ledger.withdraw(48);
        ledger.pooled(40);
        requireUsed(48);
        ledger.free(8);
        assertThat(ledger.usage()).isEqualTo(new MemoryUsage(100, 0, 0, 40, 0, 0, 1_000, "test"));
    }

    @Test
    void followsBytesThroughTheirLife() {
        Reservation first = reserved(50);
        ledger.settle(first.bytes(), 48);
        Reservation second = reserved(10);
        ledger.abandon(second.bytes());
        ledger.withdraw(48);
        assertThat(ledger.usage()).isEqualTo(new MemoryUsage(100, 0, 0, 0, 58, 0, 1_000, "test"));
        ledger.free(58);
        assertThat(ledger.usage()).isEqualTo(new MemoryUsage(100, 0, 0, 0, 0, 0, 1_000, "test"));
    }

    private Reservation reserved(long bytes) {
        return Objects.requireNonNull(ledger.reserve(bytes));
    }

    private void requireUsed(long bytes) {
        assertThat(ledger.usage().used()).isEqualTo(bytes);
    }

    @Test
    void theErrorNamesTheNumbers() {
        pool.add(7);
        ledger.addResident(93);
        assertThat(ledger.outOfMemory(2_048).code()).isEqualTo(ErrorCode.OUT_OF_MEMORY);
        assertThat(ledger.outOfMemory(2_048))
                .hasMessageContaining("wanted=2 KiB")
                .hasMessageContaining("resident=93 B")
                .hasMessageContaining("pool=7 B")
                .hasMessageContaining("limit=100 B (test)")
                .hasMessageContaining("free=1000 B");
    }
}
