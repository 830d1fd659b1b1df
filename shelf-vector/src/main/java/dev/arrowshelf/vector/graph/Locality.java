package dev.arrowshelf.vector.graph;

import dev.arrowshelf.vector.flat.Panels;
import dev.arrowshelf.vector.ivf.CentreSearch;
import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.near.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Numbers points so that those near each other lie near each other in memory: by the nearest of
/// some of them. Those of the higher levels are drawn by lot and come first.
final class Locality {
    private static final int MOST_CENTRES = 4096;
    private static final int BLOCK = 480;

    private final float[] points;
    private final int count;
    private final int dimensions;
    private final Kernel kernel;
    private final Workers workers;

    Locality(float[] points, int count, int dimensions, Kernel kernel, Workers workers) {
        this.points = points;
        this.count = count;
        this.dimensions = dimensions;
        this.kernel = kernel;
        this.workers = workers;
    }

    /// Returns for each number the point that gets it.
    int[] order(int high, long seed) {
        int[] drawn = new int[count];
        Arrays.setAll(drawn, i -> i);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < high; i++) {
            int other = i + random.nextInt(count - i);
            int moved = drawn[other];
            drawn[other] = drawn[i];
            drawn[i] = moved;
        }
        int centres = Math.min(Math.min(high, MOST_CENTRES), (int) Math.sqrt(count));
        if (centres < 2) {
            return drawn;
        }
        int[] nearest = nearest(drawn, centres);
        int[] next = new int[centres + 1];
        for (int i = high; i < count; i++) {
            next[nearest[drawn[i]] + 1]++;
        }
        for (int centre = 0; centre < centres; centre++) {
            next[centre + 1] += next[centre];
        }
        int[] order = Arrays.copyOf(drawn, count);
        for (int i = high; i < count; i++) {
            order[high + next[nearest[drawn[i]]]++] = drawn[i];
        }
        return order;
    }

    private int[] nearest(int[] drawn, int centres) {
        float[] chosen = new float[centres * dimensions];
        for (int centre = 0; centre < centres; centre++) {
            System.arraycopy(
                    points, drawn[centre] * dimensions, chosen, centre * dimensions, dimensions);
        }
        int[] nearest = new int[count];
        float[] best = new float[count];
        int panel = Kernel.PANEL_POINTS;
        float[] laidOut = new float[panel * dimensions];
        try (Arena arena = Arena.ofShared()) {
            int panels = (centres + panel - 1) / panel;
            MemorySegment memory =
                    arena.allocate((long) panels * panel * dimensions * Float.BYTES, 64);
            for (int first = 0; first < centres; first += panel) {
                Panels.transpose(
                        chosen, first, Math.min(panel, centres - first), dimensions, laidOut);
                MemorySegment.copy(
                        laidOut,
                        0,
                        memory,
                        ValueLayout.JAVA_FLOAT_UNALIGNED,
                        (long) first * dimensions * Float.BYTES,
                        laidOut.length);
            }
            workers.forBlocks(
                    count,
                    BLOCK,
                    Workers.Watch.NONE,
                    () -> new CentreSearch(kernel, dimensions),
                    (search, from, to) ->
                            search.assign(
                                    memory, centres, points, (int) from, (int) to, nearest, best));
        }
        return nearest;
    }
}
