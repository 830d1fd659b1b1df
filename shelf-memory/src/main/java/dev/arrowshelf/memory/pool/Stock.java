package dev.arrowshelf.memory.pool;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/// What lies in the pool, and what was taken lately: pure bookkeeping, without files.
///
/// Not thread-safe; [WarmPool] guards it.
final class Stock {
    /// What an idle pool keeps.
    static final long BASE_BYTES = 64L << 20;

    private static final int REMEMBERED_TAKES = 16;
    private static final long IDLE_MILLIS = 20_000;

    private final long capBytes;
    private final List<Item> items = new ArrayList<>();
    private final Deque<Long> takes = new ArrayDeque<>();
    private long lastTakeMillis;

    Stock(long capBytes, long nowMillis) {
        this.capBytes = capBytes;
        this.lastTakeMillis = nowMillis;
    }

    /// One blank in `pool/`, all of it warm.
    ///
    /// @param zero whether nothing was ever written to it
    /// @param huge whether its pages were made huge, as far as the machine has huge ones
    record Item(long generation, long bytes, boolean zero, boolean huge) {}

    long bytes() {
        return items.stream().mapToLong(Item::bytes).sum();
    }

    long hugeBytes() {
        return items.stream().filter(Item::huge).mapToLong(Item::bytes).sum();
    }

    void add(Item item) {
        items.add(item);
    }

    /// A blank that may have small pages, the one that came last: it is asked for first.
    Optional<Item> smallPaged() {
        return items.reversed().stream().filter(item -> !item.huge()).findFirst();
    }

    boolean contains(Item item) {
        return items.contains(item);
    }

    /// Takes out a blank; false when it is not here.
    boolean remove(Item item) {
        return items.remove(item);
    }

    /// Notes that a blank has huge pages now, if it is still here.
    void becameHuge(Item item) {
        int index = items.indexOf(item);
        if (index >= 0) {
            items.set(index, new Item(item.generation(), item.bytes(), item.zero(), true));
        }
    }

    /// Takes out the blank that fits best: the least one large enough that does not waste too much,
    /// else the largest smaller one.
    Optional<Item> take(long bytes, long nowMillis) {
        if (isIdle(nowMillis)) {
            takes.clear();
        }
        lastTakeMillis = nowMillis;
        takes.addFirst(Math.multiplyExact(Math.ceilDiv(bytes, Blank.STEP_BYTES), Blank.STEP_BYTES));
        if (takes.size() > REMEMBERED_TAKES) {
            takes.removeLast();
        }
        Optional<Item> fitting =
                items.stream()
                        .filter(item -> item.bytes() >= bytes)
                        .filter(item -> item.bytes() - bytes <= Math.max(Blank.STEP_BYTES, bytes))
                        .min(
                                Comparator.comparingLong(Item::bytes)
                                        .thenComparing(Item::huge, Comparator.reverseOrder()));
        Optional<Item> found =
                fitting.or(() ->
                        items.stream()
                                .filter(item -> item.bytes() < bytes)
                                .max(Comparator.comparingLong(Item::bytes)));
        found.ifPresent(items::remove);
        return found;
    }

    boolean isIdle(long nowMillis) {
        return nowMillis - lastTakeMillis >= IDLE_MILLIS;
    }

    /// Which size of blank is missing most: for each of the latest takes one like it, as far as the
    /// cap goes.
    Optional<Long> missing(long nowMillis) {
        List<Long> unmatched = new ArrayList<>(items.stream().map(Item::bytes).toList());
        long wanted = 0;
        for (long size : wantedSizes(nowMillis)) {
            wanted += size;
            if (wanted > capBytes) {
                return Optional.empty();
            }
            if (!unmatched.remove((Long) size)) {
                return Optional.of(size);
            }
        }
        return Optional.empty();
    }

    /// Takes out blanks that no recent take asks for, so that a file of that size fits below the
    /// cap beside what others have reserved; empty when that cannot be, or would cost a blank for a
    /// size that nobody asks for either.
    Optional<List<Item>> makeRoomFor(long bytes, long reserved, long nowMillis) {
        long excess = bytes() + reserved + bytes - capBytes;
        List<Long> wanted = new ArrayList<>(wantedSizes(nowMillis));
        boolean asked = wanted.remove((Long) bytes);
        List<Item> unwanted = new ArrayList<>();
        for (Iterator<Item> i = items.iterator(); i.hasNext() && excess > 0; ) {
            Item item = i.next();
            if (!wanted.remove((Long) item.bytes())) {
                unwanted.add(item);
                excess -= item.bytes();
            }
        }
        if (excess > 0 || (!unwanted.isEmpty() && !asked)) {
            return Optional.empty();
        }
        items.removeAll(unwanted);
        return Optional.of(unwanted);
    }

    /// Takes out blanks, the oldest first, until at least that many bytes went or nothing is left.
    List<Item> removeAtLeast(long bytes) {
        List<Item> removed = new ArrayList<>();
        long sum = 0;
        while (sum < bytes && !items.isEmpty()) {
            Item item = items.removeFirst();
            sum += item.bytes();
            removed.add(item);
        }
        return removed;
    }

    private List<Long> wantedSizes(long nowMillis) {
        if (takes.isEmpty() || isIdle(nowMillis)) {
            return bytes() >= BASE_BYTES ? List.of() : List.of(Math.min(BASE_BYTES, capBytes));
        }
        return List.copyOf(takes);
    }
}
