package dev.arrowshelf.store.evict;

/// Counts about how often names were used lately, in four bits each, also of tables that are gone.
///
/// A count-min sketch of four rows, halved after ten uses a counter column. Not thread-safe.
final class FrequencySketch {
    private static final long HALVES = 0x7777_7777_7777_7777L;
    private static final int MOST = 15;
    private static final int ROWS = 4;
    private static final int LEAST_WORDS = 1 << 10;

    private final long[] words;
    private final int sample;
    private int uses;

    /// @param names how many names are told apart well
    FrequencySketch(int names) {
        int size = Integer.highestOneBit(Math.clamp(names, LEAST_WORDS, 1 << 22) - 1) << 1;
        this.words = new long[size];
        this.sample = 10 * size;
    }

    /// Counts some uses of a name.
    void add(int hash, long times) {
        int repeats = (int) Math.min(times, MOST);
        for (int repeat = 0; repeat < repeats; repeat++) {
            boolean changed = false;
            for (int row = 0; row < ROWS; row++) {
                changed |= increment(row, hash);
            }
            if (changed && ++uses >= sample) {
                halve();
            }
        }
    }

    /// Returns about how often a name was used, 0 to 15.
    int count(int hash) {
        int least = MOST;
        for (int row = 0; row < ROWS; row++) {
            int shift = shift(row, hash);
            least = Math.min(least, (int) ((words[index(row, hash)] >>> shift) & MOST));
        }
        return least;
    }

    private boolean increment(int row, int hash) {
        int index = index(row, hash);
        int shift = shift(row, hash);
        if (((words[index] >>> shift) & MOST) == MOST) {
            return false;
        }
        words[index] += 1L << shift;
        return true;
    }

    private void halve() {
        for (int i = 0; i < words.length; i++) {
            words[i] = (words[i] >>> 1) & HALVES;
        }
        uses /= 2;
    }

    private int index(int row, int hash) {
        return mix(hash + row * 0x9E3779B9) & (words.length - 1);
    }

    private static int shift(int row, int hash) {
        return ((mix(hash ^ 0x85EBCA6B) >>> 28) & 3) * 16 + row * 4;
    }

    private static int mix(int value) {
        int mixed = (value ^ (value >>> 16)) * 0x7FEB352D;
        mixed = (mixed ^ (mixed >>> 15)) * 0x846CA68B;
        return mixed ^ (mixed >>> 16);
    }
}
