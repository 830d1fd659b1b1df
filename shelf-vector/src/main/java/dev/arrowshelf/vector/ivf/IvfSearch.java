package dev.arrowshelf.vector.ivf;

import dev.arrowshelf.vector.flat.Panels;
import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.near.Nearest;
import java.util.Arrays;

/// Looks through the lists whose centres are nearest to a query. The queries of a block are grouped
/// by list, so that each list is gone through once for several queries; a few queries go one by
/// one.
///
/// Thread rule: for one thread. Memory rule: scratch is made once for a block size.
public final class IvfSearch {
    private static final int PANEL = IvfIndex.PANEL;
    private static final int FEW = 4;

    private final IvfIndex index;
    private final Kernel kernel;
    private final int probes;
    private final CentreSearch centres;
    private final float[] distances;
    private Nearest[] nearestLists = {};
    private final float[] packed;

    /// Prepares to look through so many lists for each query.
    public IvfSearch(IvfIndex index, int probes, Kernel kernel) {
        this.index = index;
        this.kernel = kernel;
        this.probes = Math.clamp(probes, 1, index.lists());
        this.centres = new CentreSearch(kernel, index.dimensions());
        this.distances = new float[kernel.tileQueries() * PANEL];
        this.packed = new float[kernel.tileQueries() * index.dimensions()];
    }

    /// Offers what lies in the nearest lists of queries; positions are those of the index.
    ///
    /// @param queries one vector after the other, the first wanted at number `from`
    /// @param nearest one for each wanted query
    public void search(float[] queries, int from, Nearest[] nearest) {
        if (nearestLists.length != nearest.length) {
            nearestLists = new Nearest[nearest.length];
            Arrays.setAll(nearestLists, _ -> Nearest.of(probes));
        }
        for (Nearest lists : nearestLists) {
            lists.begin();
        }
        centres.offer(index.centres(), index.lists(), queries, from, nearestLists);
        for (Nearest lists : nearestLists) {
            lists.finish();
        }
        if (nearest.length <= FEW) {
            searchOneByOne(queries, from, nearest);
        } else {
            searchByList(queries, from, nearest);
        }
    }

    private void searchOneByOne(float[] queries, int from, Nearest[] nearest) {
        int dimensions = index.dimensions();
        for (int query = 0; query < nearest.length; query++) {
            Nearest found = nearest[query];
            for (int place = 0; place < nearestLists[query].size(); place++) {
                int list = nearestLists[query].position(place);
                for (int panel = index.firstPanel(list);
                        panel < index.firstPanel(list + 1);
                        panel++) {
                    kernel.differencesOfOne(
                            index.points(),
                            IvfIndex.panelBytes(panel, dimensions),
                            queries,
                            (from + query) * dimensions,
                            dimensions,
                            distances);
                    long below = kernel.below(distances, 0, found.threshold());
                    if (below != 0) {
                        found.offerAll(below, distances, 0, panel * PANEL);
                    }
                }
            }
        }
    }

    private void searchByList(float[] queries, int from, Nearest[] nearest) {
        int[] begin = new int[index.lists() + 1];
        for (Nearest lists : nearestLists) {
            for (int place = 0; place < lists.size(); place++) {
                begin[lists.position(place) + 1]++;
            }
        }
        for (int list = 0; list < index.lists(); list++) {
            begin[list + 1] += begin[list];
        }
        int[] visitors = new int[begin[index.lists()]];
        int[] next = begin.clone();
        for (int query = 0; query < nearestLists.length; query++) {
            for (int place = 0; place < nearestLists[query].size(); place++) {
                visitors[next[nearestLists[query].position(place)]++] = query;
            }
        }
        for (int list = 0; list < index.lists(); list++) {
            int tile = kernel.tileQueries();
            for (int first = begin[list]; first < begin[list + 1]; first += tile) {
                int count = Math.min(tile, begin[list + 1] - first);
                lookThrough(list, visitors, first, count, queries, from, nearest);
            }
        }
    }

    /// Goes through a list for at most a tile of queries.
    private void lookThrough(
            int list,
            int[] visitors,
            int first,
            int count,
            float[] queries,
            int from,
            Nearest[] nearest) {
        int dimensions = index.dimensions();
        Panels.packChosen(
                queries, from, visitors, first, count, dimensions, kernel.tileQueries(), packed);
        for (int panel = index.firstPanel(list); panel < index.firstPanel(list + 1); panel++) {
            kernel.differences(
                    index.points(),
                    IvfIndex.panelBytes(panel, dimensions),
                    packed,
                    0,
                    dimensions,
                    distances);
            for (int visitor = 0; visitor < count; visitor++) {
                Nearest found = nearest[visitors[first + visitor]];
                long below = kernel.below(distances, visitor * PANEL, found.threshold());
                if (below != 0) {
                    found.offerAll(below, distances, visitor * PANEL, panel * PANEL);
                }
            }
        }
    }
}
