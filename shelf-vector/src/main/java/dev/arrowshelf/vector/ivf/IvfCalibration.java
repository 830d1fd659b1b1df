package dev.arrowshelf.vector.ivf;

import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.near.Nearest;
import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.segment.IndexTuning;
import dev.arrowshelf.vector.segment.IndexTuning.Calibration;
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

    private final IvfIndex index;
    private final Kernel kernel;
    private final Workers workers;
    private final float[] queries;
    private final int count;
    private final int own;

    /// Prepares to measure.
    ///
    /// @param queries some of the points, one vector after the other
    /// @param themselves whether each finds itself, which does not count
    public IvfCalibration(
            IvfIndex index,
            Kernel kernel,
            Workers workers,
            float[] queries,
            int count,
            boolean themselves) {
        this.index = index;
        this.kernel = kernel;
        this.workers = workers;
        this.queries = queries;
        this.count = count;
        this.own = themselves ? 1 : 0;
    }

    /// Returns how many points to measure with.
    public static int queries(int points) {
        return Math.min(points, MOST_QUERIES);
    }

    /// Measures settings in ascending order until nearly everything is found.
    ///
    /// @param watch may end it by an exception
    public List<Calibration> measure(Workers.Watch watch) {
        List<Calibration> measured = new ArrayList<>();
        if (count == 0) {
            return measured;
        }
        Nearest[] truth = search(index.lists(), watch);
        int probes = 1;
        while (measured.size() < IndexTuning.MOST_CALIBRATIONS) {
            long begin = System.nanoTime();
            Nearest[] found = search(probes, watch);
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

    private Nearest[] search(int probes, Workers.Watch watch) {
        Nearest[] nearest = new Nearest[count];
        Arrays.setAll(
                nearest,
                _ -> {
                    Nearest one = Nearest.of(NEIGHBOURS + own);
                    one.filterBy(position -> index.row(position) >= 0);
                    return one;
                });
        workers.forBlocks(
                count,
                BLOCK,
                _ -> watch.done(0),
                () -> new IvfSearch(index, probes, kernel),
                (search, from, to) ->
                        search.search(
                                queries,
                                (int) from,
                                Arrays.copyOfRange(nearest, (int) from, (int) to)));
        Arrays.stream(nearest).forEach(Nearest::finish);
        return nearest;
    }

    private float recall(Nearest[] found, Nearest[] truth) {
        long wanted = 0;
        long met = 0;
        for (int query = 0; query < truth.length; query++) {
            for (int place = own; place < truth[query].size(); place++) {
                wanted++;
                float farthest = truth[query].sum(truth[query].size() - 1);
                if (place < found[query].size() && found[query].sum(place) <= farthest) {
                    met++;
                }
            }
        }
        return wanted == 0 ? 1 : (float) met / wanted;
    }
}
