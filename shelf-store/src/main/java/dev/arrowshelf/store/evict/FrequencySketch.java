package dev.arrowshelf.store.evict;

/// Counts about how often names were used lately, also of tables that are gone.
///
/// A count-min sketch of four rows with 16 bits a counter, raised where they are least. All
/// counters are halved when there were many uses for each table, so that what was is forgotten. Not
/// thread-safe.
final class FrequencySketch {
    private static final int ROWS = 4;
    private static final int LEAST_COLUMNS = 1 << 10;
    private static final int MOST = 0xFFFF;
    private static final int USES_A_TABLE = 64;
    private static final long LEAST_SAMPLE = 1 << 14;

    private final char[][] counters;
    private long uses;

    /// @param names how many names are told apart well
    FrequencySketch(int names) {
        int columns = Integer.highestOneBit(Math.clamp(names, LEAST_COLUMNS, 1 << 22) - 1) << 1;
        this.counters = new char[ROWS][columns];
    }

    /// Counts some uses of a name.
    ///
    /// @param tables how many tables there are now
    void add(int hash, long times, int tables) {
        int count = (int) Math.min(MOST, count(hash) + Math.min(times, MOST));
        for (int row = 0; row < ROWS; row++) {
            int column = column(row, hash);
            counters[row][column] = (char) Math.max(counters[row][column], count);
        }
        uses += Math.min(times, MOST);
        if (uses >= Math.max(LEAST_SAMPLE, (long) USES_A_TABLE * tables)) {
            halve();
        }
    }

    /// Returns about how often a name was used.
    int count(int hash) {
        int least = MOST;
        for (int row = 0; row < ROWS; row++) {
            least = Math.min(least, counters[row][column(row, hash)]);
        }
        return least;
    }

    private void halve() {
        for (char[] row : counters) {
            for (int column = 0; column < row.length; column++) {
                row[column] = (char) (row[column] >>> 1);
            }
        }
        uses /= 2;
    }

    private int column(int row, int hash) {
        return mix(hash + row * 0x9E3779B9) & (counters[row].length - 1);
    }

    private static int mix(int value) {
        int mixed = (value ^ (value >>> 16)) * 0x7FEB352D;
        mixed = (mixed ^ (mixed >>> 15)) * 0x846CA68B;
        return mixed ^ (mixed >>> 16);
    }
}
