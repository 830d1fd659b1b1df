package dev.arrowshelf.store.space;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.MemoryUsage;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class MemoryLedgerTest {
    private static final long GIB = 1L << 30;

    private final AtomicLong pool = new AtomicLong();
    private final MemoryLedger ledger =
            new MemoryLedger(new MemoryLimit(100, "test"), pool::get, () -> 1_000);

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
        assertThat(ledger.reserve(60)).isTrue();
        assertThat(ledger.reserve(41)).isFalse();
        assertThat(ledger.reserve(40)).isTrue();
        assertThat(ledger.reserve(1)).isFalse();
    }

    @Test
    void thePoolStandsBackForPuts() {
        pool.set(80);
        assertThat(ledger.reserve(60)).isTrue();
        assertThat(ledger.excess()).isEqualTo(40);
        assertThat(ledger.hasRoomForPool(1)).isFalse();
        pool.set(40);
        assertThat(ledger.excess()).isZero();
    }

    @Test
    void followsBytesThroughTheirLife() {
        assertThat(ledger.reserve(50)).isTrue();
        ledger.settle(50, 48);
        assertThat(ledger.reserve(10)).isTrue();
        ledger.abandon(10);
        ledger.withdraw(48);
        assertThat(ledger.usage()).isEqualTo(new MemoryUsage(100, 0, 0, 0, 58, 0, 1_000, "test"));
        ledger.free(58);
        assertThat(ledger.usage()).isEqualTo(new MemoryUsage(100, 0, 0, 0, 0, 0, 1_000, "test"));
    }

    @Test
    void theErrorNamesTheNumbers() {
        pool.set(7);
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
