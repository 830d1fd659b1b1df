package dev.arrowshelf.vector.graph;

import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.near.Nearest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Goes from point to point towards a query, keeping the nearest it has met.
///
/// Thread rule: for one thread. Memory rule: scratch as large as the search is wide, made once.
public final class GraphSearch {
    private static final int AT_ONCE = 4;

    private final GraphIndex graph;
    private final Kernel kernel;
    private final float[] query;
    private final int[] linked;
    private final int[] fresh;
    private final float[] sums;
    private final Pool pool = new Pool();
    private final PointSet met;

    /// Prepares to search.
    ///
    /// @param wide candidates that are usually kept
    public GraphSearch(GraphIndex graph, int wide, Kernel kernel) {
        this.graph = graph;
        this.kernel = kernel;
        this.query = new float[graph.width()];
        int most = graph.mostLinks(0);
        this.linked = new int[most];
        this.fresh = new int[most + 2 * AT_ONCE];
        this.sums = new float[most + 2 * AT_ONCE];
        this.met = new PointSet(graph.points(), Math.min(graph.points(), 8 * (wide + most)));
    }

    /// Offers the nearest points that are found when so many candidates are kept; positions are
    /// numbers of points.
    ///
    /// @param queries one vector after the other, wanted is the one at number `number`
    /// @param filtered whether `found` lets only some points pass, so that all that are met are
    ///   offered
    public void search(
            float[] queries, int number, int candidates, Nearest found, boolean filtered) {
        if (graph.points() == 0) {
            return;
        }
        System.arraycopy(queries, number * graph.dimensions(), query, 0, graph.dimensions());
        int from = descend(0, graph.top(), 1);
        collect(0, from, candidates, filtered ? found : null);
        if (!filtered) {
            for (int place = 0; place < pool.size(); place++) {
                found.offer(pool.sum(place), pool.point(place));
            }
        }
    }

    /// Offers all points.
    public void searchAll(float[] queries, int number, Nearest found) {
        System.arraycopy(queries, number * graph.dimensions(), query, 0, graph.dimensions());
        offerRange(0, graph.points(), found);
    }

    /// The same as [#search] for a point of the layout, with all that are linked.
    void searchNear(int point, int asked, int candidates, Nearest found) {
        aim(point, asked);
        collect(0, descend(0, graph.top(), 1), candidates, null);
        for (int place = 0; place < pool.size(); place++) {
            found.offer(pool.sum(place), pool.point(place));
        }
    }

    /// Offers the points of a range, seen from one of them.
    void offerRange(int point, int asked, int from, int to, Nearest found) {
        aim(point, asked);
        offerRange(from, to, found);
    }

    private void offerRange(int from, int to, Nearest found) {
        for (int first = from; first < to; first += AT_ONCE) {
            int count = Math.min(AT_ONCE, to - first);
            for (int i = 0; i < count; i++) {
                fresh[i] = first + i;
            }
            measure(count);
            for (int i = 0; i < count; i++) {
                if (sums[i] < found.threshold()) {
                    found.offer(sums[i], fresh[i]);
                }
            }
        }
    }

    private void aim(int point, int asked) {
        aim(point);
        Arrays.fill(query, asked, query.length, 0f);
    }

    /// Takes a point of the graph as the query.
    void aim(int point) {
        MemorySegment.copy(
                graph.values(),
                ValueLayout.JAVA_FLOAT_UNALIGNED,
                point * graph.rowBytes(),
                query,
                0,
                query.length);
    }

    /// Returns the nearest point that greedy steps reach from `from`, going down from a level to
    /// another one, both included.
    int descend(int from, int level, int last) {
        int at = from;
        for (int here = level; here >= last; here--) {
            at = stepDown(here, at);
        }
        return at;
    }

    private int stepDown(int level, int from) {
        fresh[0] = from;
        measure(1);
        float best = sums[0];
        int at = from;
        boolean moved = true;
        while (moved) {
            moved = false;
            int count = graph.readLinks(level, at, linked);
            System.arraycopy(linked, 0, fresh, 0, count);
            measure(count);
            for (int i = 0; i < count; i++) {
                if (sums[i] < best) {
                    best = sums[i];
                    at = fresh[i];
                    moved = true;
                }
            }
        }
        return at;
    }

    /// Fills the pool with what is found on a level from a point on.
    Pool collect(int level, int from, int candidates, @Nullable Nearest all) {
        pool.begin(candidates);
        met.begin();
        int _ = met.add(from);
        fresh[0] = from;
        int count = 1;
        int at = from;
        while (at >= 0) {
            measure(count);
            for (int i = 0; i < count; i++) {
                if (all != null) {
                    all.offer(sums[i], fresh[i]);
                }
                if (sums[i] < pool.threshold()) {
                    pool.offer(sums[i], fresh[i]);
                }
            }
            at = pool.take();
            count = at < 0 ? 0 : unmet(level, at);
        }
        return pool;
    }

    private int unmet(int level, int at) {
        int links = graph.readLinks(level, at, linked);
        int count = 0;
        for (int i = 0; i < links; i++) {
            fresh[count] = linked[i];
            count += met.add(linked[i]);
        }
        return count;
    }

    /// Sums the squared differences of the query to the first points in `fresh`.
    private void measure(int count) {
        if (count == 0) {
            return;
        }
        Arrays.fill(fresh, count, count + AT_ONCE - 1, fresh[count - 1]);
        for (int i = 0; i < count; i += AT_ONCE) {
            kernel.fourRows(graph.values(), graph.rowBytes(), fresh, i, query, sums);
        }
    }
}
