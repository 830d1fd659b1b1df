package dev.arrowshelf.store.evict;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// Keeps what is used often and lately.
///
/// Not thread-safe.
final class TinyLfuPolicy implements EvictionPolicy {
    /*
     * Window, probation, protected
     *
     * A new table enters a small window, ordered by last use. What the window has no room for moves on to probation, and a second
     * use there to the protected part; what falls out of that is on probation again. Parts are measured in bytes.
     *
     * Who leaves is decided between the table that has waited longest of those which came from the window last, and the one unused
     * for longest on probation: the one that was used less often goes. Frequencies come from a sketch that remembers names beyond
     * their stay, so that a scan of new tables does not push out what is used again and again.
     *
     * [1] G. Einziger, R. Friedman, B. Manes: TinyLFU, a highly efficient cache admission policy. ACM ToS 13(4), 2017.
     * [2] G. Einziger, O. Eytan, R. Friedman, B. Manes: Lightweight robust size aware cache management. ACM ToS 18(3), 2022.
     */
    private static final double PROTECTED = 0.8;
    private static final int USUAL_TABLES = 1 << 16;

    private final FrequencySketch sketch = new FrequencySketch(USUAL_TABLES);
    private final LinkedHashSet<Candidate> window = new LinkedHashSet<>();
    private final LinkedHashSet<Candidate> probation = new LinkedHashSet<>();
    private final LinkedHashSet<Candidate> guarded = new LinkedHashSet<>();
    private final WindowClimber climber = new WindowClimber();
    private final long capacity;
    private long windowCapacity;
    private long guardedCapacity;
    private long windowBytes;
    private long guardedBytes;
    private long clock;

    TinyLfuPolicy(long capacityBytes) {
        this.capacity = capacityBytes;
        divide();
    }

    private void divide() {
        windowCapacity = (long) (capacity * climber.window());
        guardedCapacity = (long) ((capacity - windowCapacity) * PROTECTED);
    }

    private void count(boolean answered, long times) {
        if (climber.count(answered, times, tables())) {
            divide();
            shrinkGuarded();
        }
    }

    @Override
    public void added(Candidate table) {
        clock = Math.max(clock, table.order());
        sketch.add(table.name().hashCode(), 1, tables());
        window.add(table);
        windowBytes += table.bytes();
        count(false, 1);
        while (windowBytes > windowCapacity && window.size() > 1) {
            Candidate oldest = window.getFirst();
            window.remove(oldest);
            windowBytes -= oldest.bytes();
            probation.add(oldest);
        }
    }

    @Override
    public void used(Candidate table, long times, long nowMillis) {
        table.use(times, nowMillis, ++clock);
        sketch.add(table.name().hashCode(), times, tables());
        count(true, times);
        if (window.remove(table)) {
            window.add(table);
        } else if (guarded.remove(table)) {
            guarded.add(table);
        } else if (probation.remove(table)) {
            guarded.add(table);
            guardedBytes += table.bytes();
            shrinkGuarded();
        }
    }

    private void shrinkGuarded() {
        while (guardedBytes > guardedCapacity && guarded.size() > 1) {
            Candidate oldest = guarded.getFirst();
            guarded.remove(oldest);
            guardedBytes -= oldest.bytes();
            probation.add(oldest);
        }
    }

    @Override
    public void removed(Candidate table) {
        if (window.remove(table)) {
            windowBytes -= table.bytes();
        } else if (guarded.remove(table)) {
            guardedBytes -= table.bytes();
        } else {
            probation.remove(table);
        }
    }

    /// The newest on probation came from the window last: it is the one that asks to be let in.
    @Override
    public Iterator<Candidate> coldestFirst() {
        return new Walk();
    }

    private int tables() {
        return window.size() + probation.size() + guarded.size();
    }

    private int frequency(Candidate table) {
        return sketch.count(table.name().hashCode());
    }

    private final class Walk implements Iterator<Candidate> {
        private final Iterator<Candidate> oldest = probation.iterator();
        private final Iterator<Candidate> newest = probation.reversed().iterator();
        private final Iterator<Candidate> recent = window.iterator();
        private final Iterator<Candidate> frequent = guarded.iterator();
        private @Nullable Candidate victim;
        private @Nullable Candidate asking;
        private int left = probation.size();

        @Override
        public boolean hasNext() {
            return left > 0 || recent.hasNext() || frequent.hasNext();
        }

        @Override
        public Candidate next() {
            if (left > 0) {
                left--;
                return fromProbation();
            }
            if (recent.hasNext()) {
                return recent.next();
            }
            if (!frequent.hasNext()) {
                throw new NoSuchElementException("no table is left");
            }
            return frequent.next();
        }

        /// Two walks towards each other: both ends stay until one of them is given.
        private Candidate fromProbation() {
            Candidate cold = victim == null ? oldest.next() : victim;
            Candidate fresh = asking == null ? newest.next() : asking;
            boolean freshGoes = frequency(fresh) <= frequency(cold);
            victim = freshGoes ? cold : null;
            asking = freshGoes ? null : fresh;
            return freshGoes ? fresh : cold;
        }
    }
}
