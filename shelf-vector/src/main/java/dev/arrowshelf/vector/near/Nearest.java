package dev.arrowshelf.vector.near;

import java.util.Arrays;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// The nearest candidates of one query so far: a sorted row for a small k, a heap with the farthest
/// on top for a large one, or everything within a radius.
///
/// Thread rule: for one thread. Memory rule: nothing is allocated for a candidate, except that a
/// radius may have to make room.
public final class Nearest {
    private static final int LARGEST_SORTED = 64;
    private static final int FIRST_ROOM = 64;

    private final int k;
    private final boolean isRadius;
    private final boolean isHeap;
    private float[] sums;
    private int[] positions;
    private int size;
    private float threshold;

    private @Nullable IntPredicate filter;

    private Nearest(int k, boolean isRadius, int room) {
        this.k = k;
        this.isRadius = isRadius;
        this.isHeap = !isRadius && k > LARGEST_SORTED;
        this.sums = new float[room];
        this.positions = new int[room];
    }

    /// Keeps the k nearest.
    public static Nearest of(int k) {
        Nearest nearest = new Nearest(k, false, k);
        nearest.begin();
        return nearest;
    }

    /// Keeps everything nearer than or as near as a sum.
    public static Nearest within(float sum) {
        Nearest nearest = new Nearest(Integer.MAX_VALUE, true, FIRST_ROOM);
        nearest.threshold = Math.nextUp(sum);
        return nearest;
    }

    /// Keeps only positions that pass.
    public void filterBy(@Nullable IntPredicate passing) {
        filter = passing;
    }

    /// Begins with another query.
    public void begin() {
        size = 0;
        if (!isRadius) {
            threshold = k == 0 ? Float.NEGATIVE_INFINITY : Float.POSITIVE_INFINITY;
        }
    }

    /// Returns the sum that a candidate must be below.
    public float threshold() {
        return threshold;
    }

    /// Offers the candidates whose bits are set.
    ///
    /// @param mask a bit for each of the candidates
    /// @param candidates their sums, from `at` on
    /// @param first position of the first
    public void offerAll(long mask, float[] candidates, int at, int first) {
        for (long left = mask; left != 0; left &= left - 1) {
            int lane = Long.numberOfTrailingZeros(left);
            float sum = candidates[at + lane];
            if (sum < threshold) {
                offer(sum, first + lane);
            }
        }
    }

    /// The same for candidates that carry row numbers.
    public void offerRows(long mask, float[] candidates, int at, int[] rows, int first) {
        for (long left = mask; left != 0; left &= left - 1) {
            int lane = Long.numberOfTrailingZeros(left);
            float sum = candidates[at + lane];
            if (sum < threshold) {
                offer(sum, rows[first + lane]);
            }
        }
    }

    /// Offers everything another one found.
    public void offerFrom(Nearest other) {
        for (int place = 0; place < other.size; place++) {
            offer(other.sums[place], other.positions[place]);
        }
    }

    /// Offers one candidate.
    public void offer(float sum, int position) {
        if (!(sum < threshold) || (filter != null && !filter.test(position))) {
            return;
        }
        if (isRadius) {
            append(sum, position);
        } else if (isHeap) {
            pushHeap(sum, position);
        } else {
            insert(sum, position);
        }
    }

    private void append(float sum, int position) {
        if (size == sums.length) {
            sums = Arrays.copyOf(sums, 2 * size);
            positions = Arrays.copyOf(positions, 2 * size);
        }
        sums[size] = sum;
        positions[size++] = position;
    }

    private void insert(float sum, int position) {
        int place = size < k ? size++ : k - 1;
        while (place > 0 && sums[place - 1] > sum) {
            sums[place] = sums[place - 1];
            positions[place] = positions[place - 1];
            place--;
        }
        sums[place] = sum;
        positions[place] = position;
        if (size == k) {
            threshold = sums[k - 1];
        }
    }

    private void pushHeap(float sum, int position) {
        if (size < k) {
            siftUp(size++, sum, position);
        } else {
            siftDown(size, sum, position);
        }
        if (size == k) {
            threshold = sums[0];
        }
    }

    private void siftUp(int from, float sum, int position) {
        int place = from;
        while (place > 0) {
            int parent = (place - 1) >>> 1;
            if (sums[parent] >= sum) {
                break;
            }
            sums[place] = sums[parent];
            positions[place] = positions[parent];
            place = parent;
        }
        sums[place] = sum;
        positions[place] = position;
    }

    private void siftDown(int count, float sum, int position) {
        int place = 0;
        while (true) {
            int child = 2 * place + 1;
            if (child >= count) {
                break;
            }
            if (child + 1 < count && sums[child + 1] > sums[child]) {
                child++;
            }
            if (sums[child] <= sum) {
                break;
            }
            sums[place] = sums[child];
            positions[place] = positions[child];
            place = child;
        }
        sums[place] = sum;
        positions[place] = position;
    }

    /// Sorts what was found, nearest first; no candidate may be offered afterwards.
    public void finish() {
        if (isHeap) {
            for (int end = size - 1; end > 0; end--) {
                float sum = sums[end];
                int position = positions[end];
                sums[end] = sums[0];
                positions[end] = positions[0];
                siftDown(end, sum, position);
            }
        } else if (isRadius) {
            sortByKeys();
        }
    }

    private void sortByKeys() {
        long[] keys = new long[size];
        for (int i = 0; i < size; i++) {
            int bits = Float.floatToRawIntBits(sums[i]);
            int ordered = bits >= 0 ? bits : ~bits ^ Integer.MIN_VALUE;
            keys[i] = (long) ordered << 32 | Integer.toUnsignedLong(positions[i]);
        }
        Arrays.sort(keys);
        for (int i = 0; i < size; i++) {
            int ordered = (int) (keys[i] >> 32);
            sums[i] = Float.intBitsToFloat(ordered >= 0 ? ordered : ~(ordered ^ Integer.MIN_VALUE));
            positions[i] = (int) keys[i];
        }
    }

    /// Returns how many were found.
    public int size() {
        return size;
    }

    /// Returns the sum at a place.
    public float sum(int place) {
        return sums[place];
    }

    /// Returns the position at a place.
    public int position(int place) {
        return positions[place];
    }
}
