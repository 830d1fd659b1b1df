package dev.arrowshelf.memory.pool;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// The pool's bookkeeping behind one lock: what is in stock, being filled or coming back, and what
/// the filler waits for.
///
/// Thread-safe. No file is touched in here: what a method takes out of the stock belongs to its
/// caller from then on.
final class PoolState {
    private static final long REFILL_REST_MILLIS = 1_000;
    private static final long CANCEL_NANOS = 2_000_000_000;
    private static final long MOST_HELD_NANOS = 1_000_000_000;
    private static final long RECYCLE_NANOS = 2_000_000_000;

    private final PoolSettings settings;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    @GuardedBy("lock")
    private final Stock stock;

    @GuardedBy("lock")
    private long fillingBytes;

    @GuardedBy("lock")
    private long recyclingBytes;

    @GuardedBy("lock")
    private Stock.@Nullable Item collapsing;

    @GuardedBy("lock")
    private long events;

    @GuardedBy("lock")
    private boolean cancelled;

    @GuardedBy("lock")
    private long restUntilMillis;

    @GuardedBy("lock")
    private int holds;

    @GuardedBy("lock")
    private long heldUntilNanos;

    @GuardedBy("lock")
    private boolean closed;

    PoolState(PoolSettings settings) {
        this.settings = settings;
        this.stock = new Stock(settings.capBytes(), settings.clock().millis());
    }

    long bytes() {
        lock.lock();
        try {
            return stock.bytes() + fillingBytes + recyclingBytes;
        } finally {
            lock.unlock();
        }
    }

    /// How much of the stock has huge pages.
    long hugeBytes() {
        lock.lock();
        try {
            return stock.hugeBytes();
        } finally {
            lock.unlock();
        }
    }

    /// Takes out the blank that serves that many bytes best.
    ///
    /// @param taken is told its length: the bytes change hands in one step
    Optional<Stock.Item> take(long bytes, LongConsumer taken) {
        lock.lock();
        try {
            Optional<Stock.Item> item = stock.take(bytes, settings.clock().millis());
            item.ifPresent(each -> taken.accept(each.bytes()));
            happened();
            return item;
        } finally {
            lock.unlock();
        }
    }

    /// Takes out blanks until at least that many bytes went or nothing is left; nobody has them
    /// mapped when this returns. They count until [#removed]. What is coming back is waited for.
    List<Stock.Item> remove(long bytes) {
        awaitRecycling(bytes);
        lock.lock();
        try {
            List<Stock.Item> removed = stock.removeAtLeast(bytes);
            happened();
            while (collapsing != null && removed.contains(collapsing)) {
                changed.awaitUninterruptibly(); // a step's time
            }
            return removed;
        } finally {
            lock.unlock();
        }
    }

    private void awaitRecycling(long bytes) {
        lock.lock();
        try {
            long left = RECYCLE_NANOS;
            while (recyclingBytes > 0 && stock.bytes() < bytes && left > 0) {
                left = changed.awaitNanos(left);
            }
        } catch (InterruptedException _) { // the caller's next wait sees it
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /// The files of blanks that were taken out are gone.
    void removed(long bytes) {
        settings.account().shrink(bytes);
    }

    /// A blank in stock whose pages should become huge; it may be taken at any time meanwhile.
    Optional<Stock.Item> beginCollapse() {
        lock.lock();
        try {
            Optional<Stock.Item> item =
                    closed || heldNanos() > 0 ? Optional.empty() : stock.smallPaged();
            collapsing = item.orElse(null);
            return item;
        } finally {
            lock.unlock();
        }
    }

    /// Whether the blank being collapsed is still in stock, after a pause.
    boolean goOnCollapsing(Stock.Item item, long pauseNanos) {
        lock.lock();
        try {
            long end = System.nanoTime() + pauseNanos;
            while (!closed && stock.contains(item) && pauseLeft(end) > 0) {
                long _ = changed.awaitNanos(pauseLeft(end));
            }
            return !closed && stock.contains(item);
        } catch (InterruptedException _) { // as good as closed
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /// The file of a blank is not there: where the blank was not taken, somebody removed it.
    void missing(Stock.Item item) {
        lock.lock();
        try {
            if (stock.remove(item)) {
                settings.account().shrink(item.bytes());
            }
        } finally {
            lock.unlock();
        }
    }

    /// Ends a collapse; the blank is unmapped.
    void collapsed(Stock.Item item, boolean whole) {
        lock.lock();
        try {
            collapsing = null;
            if (whole) {
                stock.becameHuge(item);
            }
            happened();
        } finally {
            lock.unlock();
        }
    }

    /// Lets the filler rest for a moment.
    void rest() {
        lock.lock();
        try {
            restUntilMillis = settings.clock().millis() + REFILL_REST_MILLIS;
        } finally {
            lock.unlock();
        }
    }

    /// Keeps the filler from working until [#release], for a while at most: whoever holds needs the
    /// processor now.
    void hold() {
        lock.lock();
        try {
            if (holds++ == 0) {
                heldUntilNanos = System.nanoTime() + MOST_HELD_NANOS;
            }
        } finally {
            lock.unlock();
        }
    }

    /// Ends a [#hold].
    void release() {
        lock.lock();
        try {
            if (--holds == 0) {
                happened();
            }
        } finally {
            lock.unlock();
        }
    }

    /// How long the filler is to stand still yet, if nobody releases it before; 0 when it may work.
    @GuardedBy("lock")
    private long heldNanos() {
        return holds == 0 ? 0 : Math.max(0, heldUntilNanos - System.nanoTime());
    }

    @GuardedBy("lock")
    private long pauseLeft(long endNanos) {
        return Math.max(endNanos - System.nanoTime(), heldNanos());
    }

    /// Reserves room below the cap for a file that is about to come back, dropping blanks that
    /// nobody asks for.
    ///
    /// @param moved counts the file as the pool's from now on
    Optional<List<Stock.Item>> reserveForRecycling(long bytes, LongConsumer moved) {
        lock.lock();
        try {
            long taken = recyclingBytes + fillingBytes;
            Optional<List<Stock.Item>> room =
                    stock.makeRoomFor(bytes, taken, settings.clock().millis());
            if (closed || room.isEmpty()) {
                return Optional.empty();
            }
            recyclingBytes += bytes;
            moved.accept(bytes);
            return room;
        } finally {
            lock.unlock();
        }
    }

    /// Ends such a reservation: with a blank, or without.
    void recycled(long bytes, Optional<Stock.Item> item) {
        lock.lock();
        try {
            recyclingBytes -= bytes;
            item.ifPresent(stock::add);
            if (item.isEmpty()) {
                settings.account().shrink(bytes);
            }
            happened();
        } finally {
            lock.unlock();
        }
    }

    /// Stops the blank being prepared and waits until its pages are free; returns how many they
    /// were at most.
    long cancelFilling() {
        lock.lock();
        try {
            long cancelling = fillingBytes;
            cancelled = true;
            happened();
            long left = CANCEL_NANOS;
            while (cancelling > 0 && fillingBytes > 0 && left > 0) {
                left = changed.awaitNanos(left);
            }
            return fillingBytes == 0 ? cancelling : 0;
        } catch (InterruptedException _) { // the caller's next wait sees it
            Thread.currentThread().interrupt();
            return 0;
        } finally {
            lock.unlock();
        }
    }

    /// Whether the filler should shrink the pool now because nobody takes anything.
    boolean isIdleAndLarge() {
        lock.lock();
        try {
            return stock.isIdle(settings.clock().millis()) && stock.bytes() > Stock.BASE_BYTES;
        } finally {
            lock.unlock();
        }
    }

    /// The size of the blank that should be prepared next, counted as the pool's from now on; 0 for
    /// none.
    long reserveFill() {
        lock.lock();
        try {
            long now = settings.clock().millis();
            if (closed || now < restUntilMillis || heldNanos() > 0) {
                return 0;
            }
            long size = stock.missing(now).orElse(0L);
            if (size == 0 || stock.bytes() + recyclingBytes + size > settings.capBytes()) {
                return 0;
            }
            if (!settings.account().grow(size)) {
                restUntilMillis = now + REFILL_REST_MILLIS;
                return 0;
            }
            fillingBytes = size;
            cancelled = false;
            return size;
        } finally {
            lock.unlock();
        }
    }

    /// Whether the blank being prepared is still wanted, after a pause.
    boolean goOnFilling(long pauseNanos) {
        lock.lock();
        try {
            long end = System.nanoTime() + pauseNanos;
            while (!closed && !cancelled && pauseLeft(end) > 0) {
                long _ = changed.awaitNanos(pauseLeft(end));
            }
            return !closed && !cancelled;
        } catch (InterruptedException _) { // as good as closed
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /// Ends a fill: with a blank, or without.
    void filled(Optional<Stock.Item> item) {
        lock.lock();
        try {
            if (item.isEmpty()) {
                settings.account().shrink(fillingBytes);
            }
            fillingBytes = 0;
            item.ifPresent(stock::add);
            if (item.isEmpty()) {
                restUntilMillis = settings.clock().millis() + REFILL_REST_MILLIS;
            }
            happened();
        } finally {
            lock.unlock();
        }
    }

    /// Counts what happens to the pool: while it stays, there is no new work but by the passing of
    /// time.
    long events() {
        lock.lock();
        try {
            return events;
        } finally {
            lock.unlock();
        }
    }

    /// Waits until something happened since then, or that long; false when the pool was closed.
    /// While the filler is held its work is to come with the release.
    boolean awaitWork(long eventsSeen, long nanos) {
        lock.lock();
        try {
            long left = nanos;
            while (!closed && events == eventsSeen && left > 0) {
                left = changed.awaitNanos(left);
            }
            return !closed;
        } catch (InterruptedException _) { // as good as closed
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /// Ends all waiting, for good.
    void close() {
        lock.lock();
        try {
            closed = true;
            happened();
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void happened() {
        events++;
        changed.signalAll();
    }
}
