package dev.arrowshelf.store.evict;

/// Finds how large the window of [TinyLfuPolicy] should be: it goes on in the direction in which
/// more uses found their table in memory, and turns where they became fewer.
///
/// Not thread-safe.
final class WindowClimber {
    /*
     * Steps and samples
     *
     * A sample is ten accesses for each table. After each the window grows or shrinks by a step, which becomes a little smaller with
     * every sample, so that a steady load leaves the window alone in the end. When the part of answered accesses changes by more than
     * a little, the load is another one, and the steps are large again.
     *
     * [1] G. Einziger, O. Eytan, R. Friedman, B. Manes: Adaptive software cache management. Middleware 2018.
     */
    private static final double LEAST = 0.01;
    private static final double MOST = 0.8;
    private static final double FIRST_STEP = 0.0625;
    private static final double STEP_DECAY = 0.98;
    private static final double RESTART_CHANGE = 0.05;
    private static final int USES_A_TABLE = 10;
    private static final long LEAST_SAMPLE = 1_000;

    private double window = LEAST;
    private double step = -FIRST_STEP;
    private double lastRatio;
    private long hits;
    private long accesses;

    /// Counts accesses; returns whether the window has another size now.
    ///
    /// @param answered whether the table was in memory
    /// @param tables how many there are
    boolean count(boolean answered, long times, int tables) {
        accesses += times;
        hits += answered ? times : 0;
        if (accesses < Math.max(LEAST_SAMPLE, (long) USES_A_TABLE * tables)) {
            return false;
        }
        double ratio = (double) hits / accesses;
        double change = ratio - lastRatio;
        hits = 0;
        accesses = 0;
        lastRatio = ratio;
        double direction = change >= 0 ? Math.signum(step) : -Math.signum(step);
        double size = Math.abs(change) >= RESTART_CHANGE ? FIRST_STEP : Math.abs(step) * STEP_DECAY;
        step = direction * size;
        double before = window;
        window = Math.clamp(window + step, LEAST, MOST);
        return window != before;
    }

    /// Returns the part of memory that is the window's.
    double window() {
        return window;
    }
}
