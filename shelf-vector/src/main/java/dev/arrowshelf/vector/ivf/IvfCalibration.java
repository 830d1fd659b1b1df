package dev.arrowshelf.vector.ivf;

import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.near.Nearest;
import dev.arrowshelf.vector.segment.IndexTuning;
import dev.arrowshelf.vector.segment.IndexTuning.Calibration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Measures which share of the ten true neighbours is found when so many lists are looked through:
/// for some of the index's own points, which do not count as their own neighbours, against a look
/// through all lists.
public final class IvfCalibration {
    /// Neighbours that recall is measured for.
    public static final int NEIGHBOURS = 10;

    private static final double ENOUGH = 0.9995;
    private static final double STEP = 1.41;

    private final IvfIndex index;
    private final Kernel kernel;
    private final float[] queries;
    private final int count;

    /// Prepares to measure.
    ///
    /// @param queries some of the points, one vector after the other
    public IvfCalibration(IvfIndex index, Kernel kernel, float[] queries, int count) {
        this.index = index;
        this.kernel = kernel;
        this.queries = queries;
        this.count = count;
    }

    /// Measures settings in ascending order until nearly everything is found.
    public List<Calibration> measure() {
        List<Calibration> measured = new ArrayList<>();
        if (count == 0) {
            return measured;
        }
        Nearest[] truth = search(index.lists());
        int probes = 1;
        while (measured.size() < IndexTuning.MOST_CALIBRATIONS) {
            long begin = System.nanoTime();
            Nearest[] found = search(probes);
            float micros = (System.nanoTime() - begin) / 1000f / count;
            float recall = recall(found, truth);
            measured.add(new Calibration(probes, recall, micros));
            if (recall >= ENOUGH || probes >= index.lists()) {
                break;
            }
            probes = Math.min(index.lists(), Math.max(probes + 1, (int) (probes * STEP)));
        }
        return measured;
    }

    private Nearest[] search(int probes) {
        Nearest[] nearest = new Nearest[count];
        Arrays.setAll(
                nearest,
                _ -> {
                    Nearest one = Nearest.of(NEIGHBOURS + 1);
                    one.filterBy(position -> index.row(position) >= 0);
                    return one;
                });
        new IvfSearch(index, probes, kernel).search(queries, 0, nearest);
        Arrays.stream(nearest).forEach(Nearest::finish);
        return nearest;
    }

    /// The nearest of all is the point itself, and is always found.
    private static float recall(Nearest[] found, Nearest[] truth) {
        long wanted = 0;
        long met = 0;
        for (int query = 0; query < truth.length; query++) {
            for (int place = 1; place < truth[query].size(); place++) {
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
