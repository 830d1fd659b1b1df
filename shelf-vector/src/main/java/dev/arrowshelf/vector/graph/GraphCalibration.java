package dev.arrowshelf.vector.graph;

import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.near.Nearest;
import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.segment.IndexTuning;
import dev.arrowshelf.vector.segment.IndexTuning.Calibration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Measures which share of the ten true neighbours is found when so many candidates are kept: for
/// points that are not in the graph yet, against a look at all that are.
public final class GraphCalibration {
    private static final int NEIGHBOURS = 10;
    private static final int MOST_QUERIES = 500;
    private static final int LEAST_SHARE = 20;
    private static final int MOST_CANDIDATES = 4096;
    private static final int BLOCK = 256;
    private static final double ENOUGH = 0.9995;
    private static final double STEP = 1.41;

    private final GraphIndex graph;
    private final Kernel kernel;
    private final Workers workers;
    private final int[] held;
    private final boolean[] out;
    private final int asked;

    /// Prepares to measure.
    ///
    /// @param held points of the layout that are not linked yet
    /// @param asked coordinates of a query; the others are zero
    GraphCalibration(GraphIndex graph, Kernel kernel, Workers workers, int[] held, int asked) {
        this.asked = asked;
        this.graph = graph;
        this.kernel = kernel;
        this.workers = workers;
        this.held = held;
        this.out = new boolean[graph.points()];
        for (int point : held) {
            out[point] = true;
        }
    }

    /// Returns how many points to measure with.
    public static int queries(int points) {
        return Math.min(MOST_QUERIES, points / LEAST_SHARE);
    }

    /// Measures settings in ascending order until nearly everything is found.
    List<Calibration> measure(Workers.Watch watch) {
        List<Calibration> measured = new ArrayList<>();
        if (held.length == 0) {
            return measured;
        }
        Nearest[] truth = truth();
        watch.done(0);
        int most = Math.min(MOST_CANDIDATES, graph.points());
        int candidates = NEIGHBOURS;
        while (measured.size() < IndexTuning.MOST_CALIBRATIONS) {
            Nearest[] found = empty();
            long begin = System.nanoTime();
            search(candidates, found);
            float micros = (System.nanoTime() - begin) / 1000f / held.length * workers.threads();
            float recall = recall(found, truth);
            measured.add(new Calibration(candidates, recall, micros));
            watch.done(0);
            if (recall >= ENOUGH || candidates >= most) {
                break;
            }
            candidates = Math.min(most, (int) (candidates * STEP) + 1);
        }
        return measured;
    }

    private Nearest[] empty() {
        Nearest[] nearest = new Nearest[held.length];
        Arrays.setAll(nearest, _ -> Nearest.of(NEIGHBOURS));
        return nearest;
    }

    private void search(int candidates, Nearest[] nearest) {
        workers.forBlocks(
                held.length,
                BLOCK / 16,
                Workers.Watch.NONE,
                () -> new GraphSearch(graph, candidates, kernel),
                (search, from, to) -> {
                    for (int query = (int) from; query < to; query++) {
                        search.searchNear(held[query], asked, candidates, nearest[query]);
                    }
                });
        Arrays.stream(nearest).forEach(Nearest::finish);
    }

    private Nearest[] truth() {
        Nearest[] all = empty();
        workers.forBlocks(
                graph.points(),
                BLOCK,
                Workers.Watch.NONE,
                () -> {
                    Nearest[] mine = empty();
                    Arrays.stream(mine).forEach(each -> each.filterBy(point -> !out[point]));
                    return new Look(new GraphSearch(graph, NEIGHBOURS, kernel), List.of(mine));
                },
                (look, from, to) -> {
                    for (int query = 0; query < held.length; query++) {
                        look.search.offerRange(
                                held[query], asked, (int) from, (int) to, look.nearest.get(query));
                    }
                    synchronized (all) {
                        for (int query = 0; query < held.length; query++) {
                            all[query].offerFrom(look.nearest.get(query));
                            look.nearest.get(query).begin();
                        }
                    }
                });
        Arrays.stream(all).forEach(Nearest::finish);
        return all;
    }

    private static float recall(Nearest[] found, Nearest[] truth) {
        long wanted = 0;
        long met = 0;
        for (int query = 0; query < truth.length; query++) {
            for (int place = 0; place < truth[query].size(); place++) {
                wanted++;
                float farthest = truth[query].sum(truth[query].size() - 1);
                if (place < found[query].size() && found[query].sum(place) <= farthest) {
                    met++;
                }
            }
        }
        return wanted == 0 ? 1 : (float) met / wanted;
    }

    /// One thread's look at all points.
    ///
    /// @param search its scratch
    /// @param nearest what each query found so far
    private record Look(GraphSearch search, List<Nearest> nearest) {}
}
