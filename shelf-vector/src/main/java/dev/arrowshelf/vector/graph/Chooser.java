package dev.arrowshelf.vector.graph;

import dev.arrowshelf.vector.kernel.Kernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Chooses the links of a point among candidates: nearest first, and none that is nearer to a
/// chosen one than to the point; at most half of them equal to it, so that many equal points do not
/// close themselves off. For one thread.
final class Chooser {
    private static final int AT_ONCE = 4;

    private final GraphIndex graph;
    private final Kernel kernel;
    private final float[] values;
    private int[] chosen = new int[64];
    private float[] sums = new float[64];
    private long[] candidates = new long[64];
    private int count;
    private int point;

    Chooser(GraphIndex graph, Kernel kernel) {
        this.graph = graph;
        this.kernel = kernel;
        this.values = new float[graph.width()];
    }

    void begin(int number) {
        point = number;
        count = 0;
    }

    /// Offers a candidate and its squared distance.
    void offer(int candidate, float sum) {
        if (count == candidates.length) {
            candidates = Arrays.copyOf(candidates, 2 * count);
        }
        candidates[count++] = (long) Float.floatToRawIntBits(sum) << 32 | candidate;
    }

    /// Offers a candidate that is measured later.
    void add(int candidate) {
        offer(candidate, 0);
    }

    /// Measures and sorts all candidates.
    void measure() {
        aim(point);
        room(count);
        for (int i = 0; i < count; i++) {
            chosen[i] = (int) candidates[i];
        }
        pad(count);
        for (int from = 0; from < count; from += AT_ONCE) {
            kernel.fourRows(graph.values(), graph.rowBytes(), chosen, from, values, sums);
        }
        for (int i = 0; i < count; i++) {
            candidates[i] = (long) Float.floatToRawIntBits(sums[i]) << 32 | chosen[i];
        }
        Arrays.sort(candidates, 0, count);
    }

    /// Chooses of candidates in ascending order, and returns how many.
    int choose(int most, int[] target) {
        room(most);
        int taken = 0;
        int equal = 0;
        for (int i = 0; i < count && taken < most; i++) {
            int candidate = (int) candidates[i];
            float sum = Float.intBitsToFloat((int) (candidates[i] >>> 32));
            boolean full = sum == 0 && equal >= most / 2;
            if (candidate != point && !full && isApart(candidate, sum, taken)) {
                chosen[taken++] = candidate;
                equal += sum == 0 ? 1 : 0;
            }
        }
        System.arraycopy(chosen, 0, target, 0, taken);
        return taken;
    }

    private boolean isApart(int candidate, float sum, int taken) {
        if (taken == 0) {
            return true;
        }
        aim(candidate);
        pad(taken);
        for (int from = 0; from < taken; from += AT_ONCE) {
            kernel.fourRows(graph.values(), graph.rowBytes(), chosen, from, values, sums);
            for (int i = from; i < Math.min(taken, from + AT_ONCE); i++) {
                if (sums[i] < sum) {
                    return false;
                }
            }
        }
        return true;
    }

    private void aim(int number) {
        MemorySegment.copy(
                graph.values(),
                ValueLayout.JAVA_FLOAT_UNALIGNED,
                number * graph.rowBytes(),
                values,
                0,
                values.length);
    }

    private void pad(int used) {
        Arrays.fill(chosen, used, used + AT_ONCE - 1, chosen[used - 1]);
    }

    private void room(int wanted) {
        if (chosen.length < wanted + AT_ONCE) {
            chosen = Arrays.copyOf(chosen, 2 * (wanted + AT_ONCE));
            sums = new float[chosen.length];
        }
    }
}
