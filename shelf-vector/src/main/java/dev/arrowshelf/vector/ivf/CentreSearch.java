package dev.arrowshelf.vector.ivf;

import dev.arrowshelf.vector.flat.Panels;
import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.near.Nearest;
import java.lang.foreign.MemorySegment;

/// Finds the nearest of a few thousand centres for many vectors. For one thread.
public final class CentreSearch {
    private static final int PANEL = Kernel.PANEL_POINTS;

    private final Kernel kernel;
    private final int dimensions;
    private final float[] distances;
    private float[] packed = {};

    /// Prepares to search centres of so many dimensions.
    public CentreSearch(Kernel kernel, int dimensions) {
        this.kernel = kernel;
        this.dimensions = dimensions;
        this.distances = new float[kernel.tileQueries() * PANEL];
    }

    /// Writes the number of the nearest centre of each vector.
    ///
    /// @param best scratch, one place a vector
    public void assign(
            MemorySegment centres,
            int count,
            float[] vectors,
            int from,
            int to,
            int[] target,
            float[] best) {
        int tile = kernel.tileQueries();
        packed = Panels.pack(vectors, from, to - from, dimensions, tile, packed);
        for (int vector = from; vector < to; vector++) {
            best[vector] = Float.POSITIVE_INFINITY;
            target[vector] = 0;
        }
        for (int first = 0; first < count; first += PANEL) {
            long offset = (long) first * dimensions * Float.BYTES;
            long there = there(count - first);
            for (int group = from; group < to; group += tile) {
                kernel.differences(
                        centres,
                        offset,
                        packed,
                        (group - from) * dimensions,
                        dimensions,
                        distances);
                for (int vector = group; vector < Math.min(to, group + tile); vector++) {
                    int at = (vector - group) * PANEL;
                    long below = kernel.below(distances, at, best[vector]) & there;
                    for (; below != 0; below &= below - 1) {
                        int lane = Long.numberOfTrailingZeros(below);
                        if (distances[at + lane] < best[vector]) {
                            best[vector] = distances[at + lane];
                            target[vector] = first + lane;
                        }
                    }
                }
            }
        }
    }

    /// Offers all centres to one vector; positions are their numbers.
    void offerToOne(
            MemorySegment centres, int count, float[] vectors, int number, Nearest nearest) {
        for (int first = 0; first < count; first += PANEL) {
            long offset = (long) first * dimensions * Float.BYTES;
            kernel.differencesOfOne(
                    centres, offset, vectors, number * dimensions, dimensions, distances);
            long below = kernel.below(distances, 0, nearest.threshold()) & there(count - first);
            if (below != 0) {
                nearest.offerAll(below, distances, 0, first);
            }
        }
    }

    /// The same for many vectors.
    void offer(MemorySegment centres, int count, float[] vectors, int from, Nearest[] nearest) {
        int tile = kernel.tileQueries();
        packed = Panels.pack(vectors, from, nearest.length, dimensions, tile, packed);
        for (int first = 0; first < count; first += PANEL) {
            long offset = (long) first * dimensions * Float.BYTES;
            long there = there(count - first);
            for (int group = 0; group < nearest.length; group += tile) {
                kernel.differences(
                        centres, offset, packed, group * dimensions, dimensions, distances);
                for (int query = 0; query < Math.min(tile, nearest.length - group); query++) {
                    Nearest found = nearest[group + query];
                    long below = kernel.below(distances, query * PANEL, found.threshold()) & there;
                    if (below != 0) {
                        found.offerAll(below, distances, query * PANEL, first);
                    }
                }
            }
        }
    }

    private static long there(int left) {
        return left >= PANEL ? -1L : (1L << left) - 1;
    }
}
