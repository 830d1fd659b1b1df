package dev.arrowshelf.vector;

import dev.arrowshelf.vector.graph.GraphCalibration;
import dev.arrowshelf.vector.index.OpenIndex;
import dev.arrowshelf.vector.ivf.IvfCalibration;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.SearchResult;
import dev.arrowshelf.vector.segment.IndexTuning;
import java.util.HashSet;
import java.util.Set;

/// How widely an approximate index is searched for a wanted recall.
final class Breadth {
    private static final double USUAL_RECALL = 0.95;

    /// Neighbours that recall was measured for when the index was built.
    private static final double NEIGHBOURS = IvfCalibration.NEIGHBOURS;

    /// Share of what may be missed that is found all the same, times the root of the points that
    /// recall was measured with: few of them say little.
    private static final double DOUBT = 2.2;

    /// A query alone goes through its lists by itself.
    private static final double ALONE_IN_LISTS = 2;

    private static final long FEW = 4;

    private Breadth() {}

    /// Returns the lists or candidates that reach a recall for ten neighbours, and more for more
    /// neighbours or where a filter lets fewer rows pass: what is wanted then lies in a ball that
    /// holds as many more rows.
    ///
    /// @param recall 0: the usual one
    /// @param passed share of the rows that pass the filter
    static int of(OpenIndex index, double recall, int k, double passed) {
        int measured = index.bytes().tuning().settingFor(aim(index, recall));
        double farther = Math.max(1, k / (NEIGHBOURS * passed));
        double wanted = measured * Math.sqrt(farther);
        if (index.bytes().identity().kind() == IndexKind.HNSW) {
            double least = Math.max(wanted, measured + k / passed);
            return (int) Math.min(index.graph().points(), Math.ceil(farther > 1 ? least : wanted));
        }
        return (int) Math.min(index.lists().lists(), Math.ceil(wanted));
    }

    /// Returns the time of a query that was measured for a recall, microseconds.
    static double micros(OpenIndex index, double recall, long queries) {
        IndexTuning tuning = index.bytes().tuning();
        int setting = tuning.settingFor(aim(index, recall));
        boolean alone = queries <= FEW && index.bytes().identity().kind() == IndexKind.IVF;
        return tuning.calibration().stream()
                .filter(each -> each.setting() >= setting)
                .mapToDouble(each -> each.micros() * (alone ? ALONE_IN_LISTS : 1))
                .findFirst()
                .orElse(Double.MAX_VALUE);
    }

    private static double aim(OpenIndex index, double recall) {
        double wanted = recall > 0 ? recall : USUAL_RECALL;
        int points = index.bytes().shape().points();
        int samples =
                index.bytes().identity().kind() == IndexKind.HNSW
                        ? GraphCalibration.queries(points)
                        : IvfCalibration.queries(points);
        return wanted + Math.min(1, DOUBT / Math.sqrt(Math.max(1, samples))) * (1 - wanted);
    }

    /// Returns the share of true neighbours that were found.
    static double recall(SearchResult found, SearchResult truth) {
        long wanted = 0;
        long met = 0;
        for (int query = 0; query < truth.queries(); query++) {
            Set<Long> there = new HashSet<>();
            for (int place = 0; place < found.k(); place++) {
                there.add(found.id(query, place));
            }
            for (int place = 0; place < truth.k(); place++) {
                if (truth.id(query, place) >= 0) {
                    wanted++;
                    met += there.contains(truth.id(query, place)) ? 1 : 0;
                }
            }
        }
        return wanted == 0 ? 1 : (double) met / wanted;
    }
}
