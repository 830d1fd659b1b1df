package dev.arrowshelf.vector.ivf;

import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.near.Nearest;
import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.segment.IndexTuning;
import dev.arrowshelf.vector.segment.IndexTuning.Calibration;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Measures which share of the ten true neighbours is found when so many lists are looked through:
/// for some of the index's own points, which do not count as their own neighbours, against a look
/// through all lists. For one caller; works on the workers' threads.
public final class IvfCalibration {
    /// Neighbours that recall is measured for.
    public static final int NEIGHBOURS = 10;

    private static final int MOST_QUERIES = 2048;
    private static final int BLOCK = 128;
    private static final double ENOUGH = 0.9995;
    private static final double STEP = 1.41;

    /// Sums of another order differ in the last digits.
    private static final float ROUNDING = 1 + 1e-5f;

    private final IvfIndex index;
    private final BuiltPoints points;
    private final Kernel kernel;
    private final Workers workers;
    private final Queries queries;
    private final int own;

    /// Prepares to measure.
    IvfCalibration(
            IvfIndex index, BuiltPoints points, Kernel kernel, Workers workers, Queries queries) {
        this.index = index;
        this.points = points;
        this.kernel = kernel;
        this.workers = workers;
        this.queries = queries;
        this.own = queries.themselves ? 1 : 0;
    }

    /// Returns how many points to measure with.
    public static int queries(int points) {
        return Math.min(points, MOST_QUERIES);
    }

    /// Measures settings in ascending order until nearly everything is found.
    ///
    /// @param watch may end it by an exception
    List<Calibration> measure(Workers.Watch watch) {
        List<Calibration> measured = new ArrayList<>();
        int count = queries.count;
        if (count == 0) {
            return measured;
        }
        Nearest[] truth = search(index.lists(), true, watch);
        int probes = 1;
        while (measured.size() < IndexTuning.MOST_CALIBRATIONS) {
            long begin = System.nanoTime();
            Nearest[] found = search(probes, false, watch);
            float micros = (System.nanoTime() - begin) / 1000f / count * workers.threads();
            float recall = recall(found, truth);
            measured.add(new Calibration(probes, recall, micros));
            if (recall >= ENOUGH || probes >= index.lists()) {
                break;
            }
            probes = Math.min(index.lists(), Math.max(probes + 1, (int) (probes * STEP)));
        }
        return measured;
    }

    /// Searches as searches do: what was found among rounded coordinates is measured again.
    ///
    /// @param exact whether the points themselves are looked at
    private Nearest[] search(int probes, boolean exact, Workers.Watch watch) {
        boolean again = !exact && index.storage().isCoded();
        int wanted = NEIGHBOURS + own;
        Nearest[] nearest = empty(again ? wanted + index.spare(wanted) : wanted);
        try (Arena scratch = Arena.ofShared()) {
            workers.forBlocks(
                    queries.count,
                    BLOCK,
                    _ -> watch.done(0),
                    () ->
                            new IvfSearch(
                                    index,
                                    exact && index.storage().isCoded()
                                            ? points.panels(scratch)
                                            : ListPanels.of(index, kernel, scratch),
                                    probes,
                                    kernel),
                    (search, from, to) ->
                            search.search(
                                    queries.values,
                                    (int) from,
                                    Arrays.copyOfRange(nearest, (int) from, (int) to)));
        }
        Arrays.stream(nearest).forEach(Nearest::finish);
        if (!again) {
            return nearest;
        }
        Nearest[] measured = empty(wanted);
        for (int query = 0; query < nearest.length; query++) {
            points.measureAgain(nearest[query], queries.values, query, measured[query]);
            measured[query].finish();
        }
        return measured;
    }

    private Nearest[] empty(int size) {
        Nearest[] nearest = new Nearest[queries.count];
        Arrays.setAll(
                nearest,
                _ -> {
                    Nearest one = Nearest.of(size);
                    one.filterBy(position -> index.row(position) >= 0);
                    return one;
                });
        return nearest;
    }

    private float recall(Nearest[] found, Nearest[] truth) {
        long wanted = 0;
        long met = 0;
        for (int query = 0; query < truth.length; query++) {
            for (int place = own; place < truth[query].size(); place++) {
                wanted++;
                float farthest = truth[query].sum(truth[query].size() - 1) * ROUNDING;
                if (place < found[query].size() && found[query].sum(place) <= farthest) {
                    met++;
                }
            }
        }
        return wanted == 0 ? 1 : (float) met / wanted;
    }

    /// What is searched for.
    static final class Queries {
        private final float[] values;
        private final int count;
        private final boolean themselves;

        /// @param values some of the points, one vector after the other
        /// @param count how many
        /// @param themselves whether each finds itself, which does not count
        Queries(float[] values, int count, boolean themselves) {
            this.values = values;
            this.count = count;
            this.themselves = themselves;
        }
    }
}
