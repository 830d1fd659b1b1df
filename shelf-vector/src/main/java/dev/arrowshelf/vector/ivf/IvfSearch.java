package dev.arrowshelf.vector.ivf;

import dev.arrowshelf.vector.flat.Panels;
import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.near.Nearest;
import java.lang.foreign.Arena;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Looks through the lists whose centres are nearest to a query. The queries of a block are grouped
/// by list, so that each list is gone through once for several queries; a few queries go one by
/// one.
///
/// Thread rule: for one thread. Memory rule: scratch is made once for a block size; decoded panels
/// lie in an arena of the caller's.
public final class IvfSearch {
    private static final int PANEL = IvfIndex.PANEL;
    private static final int FEW = 4;

    private final IvfIndex index;
    private final ListPanels panels;
    private final Kernel kernel;
    private final int probes;
    private final CentreSearch centres;
    private final float[] distances;
    private Nearest[] nearestLists = {};
    private float[] packed = {};

    /// Prepares to look through so many lists for each query.
    ///
    /// @param scratch for decoded panels; null for an index that keeps floats
    public IvfSearch(IvfIndex index, int probes, Kernel kernel, @Nullable Arena scratch) {
        this(index, ListPanels.of(index, kernel, scratch), probes, kernel);
    }

    IvfSearch(IvfIndex index, ListPanels panels, int probes, Kernel kernel) {
        this.index = index;
        this.panels = panels;
        this.kernel = kernel;
        this.probes = Math.clamp(probes, 1, index.lists());
        this.centres = new CentreSearch(kernel, index.dimensions());
        this.distances = new float[kernel.tileQueries() * PANEL];
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
        if (nearest.length == 1) {
            centres.offerToOne(index.centres(), index.lists(), queries, from, nearestLists[0]);
        } else {
            centres.offer(index.centres(), index.lists(), queries, from, nearestLists);
        }
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
                int end = index.firstPanel(list + 1);
                for (int panel = index.firstPanel(list); panel < end; panel++) {
                    kernel.differencesOfOne(
                            panels.memory(),
                            panels.at(list, panel),
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
            if (begin[list + 1] > begin[list]) {
                lookThrough(
                        list,
                        Arrays.copyOfRange(visitors, begin[list], begin[list + 1]),
                        queries,
                        from,
                        nearest);
            }
        }
    }

    /// Goes through a list once: each panel meets all its visitors, a tile of them at a time.
    private void lookThrough(
            int list, int[] visitors, float[] queries, int from, Nearest[] nearest) {
        int dimensions = index.dimensions();
        int tile = kernel.tileQueries();
        packed = Panels.packChosen(queries, from, visitors, dimensions, tile, packed);
        int end = index.firstPanel(list + 1);
        for (int panel = index.firstPanel(list); panel < end; panel++) {
            long offset = panels.at(list, panel);
            for (int first = 0; first < visitors.length; first += tile) {
                kernel.differences(
                        panels.memory(), offset, packed, first * dimensions, dimensions, distances);
                int count = Math.min(tile, visitors.length - first);
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
}
