package dev.arrowshelf.vector.graph;

/// The nearest points a search has met, in ascending order, and which of them it has gone on from.
/// For one thread.
final class Pool {
    /* A place is one number: the bits of the sum above, the point and the mark "gone on from" below. Sums are not negative, so numbers are ordered
    as sums are. */
    private static final long EXPANDED = 1;

    private long[] places = {};
    private int most;
    private int size;
    private int next;
    private float threshold;

    void begin(int wanted) {
        if (places.length < wanted) {
            places = new long[wanted];
        }
        most = wanted;
        size = 0;
        next = 0;
        threshold = Float.POSITIVE_INFINITY;
    }

    /// Returns the sum that a point must be below to be taken.
    float threshold() {
        return threshold;
    }

    void offer(float sum, int point) {
        if (!(sum < threshold)) {
            return;
        }
        long key = (long) Float.floatToRawIntBits(sum) << 32 | (long) point << 1;
        int low = 0; // halves of equal length, so that the way is chosen without a jump
        for (int length = size; length > 0; ) {
            int half = (length + 1) >>> 1;
            low += places[low + half - 1] < key ? half : 0;
            length -= half;
        }
        int moved = Math.min(size, most - 1) - low;
        System.arraycopy(places, low, places, low + 1, moved);
        places[low] = key;
        size = Math.min(most, size + 1);
        next = Math.min(next, low);
        if (size == most) {
            threshold = sum(size - 1);
        }
    }

    /// Returns the nearest point that was not gone on from yet, and marks it; -1 when there is
    /// none.
    int take() {
        while (next < size && (places[next] & EXPANDED) != 0) {
            next++;
        }
        if (next == size) {
            return -1;
        }
        places[next] |= EXPANDED;
        return point(next++);
    }

    int size() {
        return size;
    }

    float sum(int place) {
        return Float.intBitsToFloat((int) (places[place] >>> 32));
    }

    int point(int place) {
        return (int) ((places[place] & 0xFFFF_FFFFL) >>> 1);
    }
}
