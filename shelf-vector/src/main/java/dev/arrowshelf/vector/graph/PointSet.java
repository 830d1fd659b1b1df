package dev.arrowshelf.vector.graph;

import java.util.Arrays;

/// The points a search has met: a bit for each point of a graph, or a hash table that stays as
/// small as the search where bits would be too many to clear. For one thread.
final class PointSet {
    private static final int MOST_BITS = 1 << 20;
    private static final int FREE = -1;
    private static final int SPREAD = 0x9E3779B1;

    private final long[] bits;
    private int[] slots;
    private int shift;
    private int count;

    /// Makes an empty set.
    ///
    /// @param points of the graph
    /// @param expected how many are met
    PointSet(int points, int expected) {
        this(points, expected, MOST_BITS);
    }

    PointSet(int points, int expected, int mostBits) {
        boolean few = points <= mostBits;
        bits = new long[few ? points / Long.SIZE + 1 : 0];
        int wanted = 64 - Long.numberOfLeadingZeros(Math.max(64L, 2L * expected) - 1);
        slots = new int[few ? 0 : 1 << Math.min(30, wanted)];
        begin();
    }

    void begin() {
        Arrays.fill(bits, 0);
        Arrays.fill(slots, FREE);
        shift = Integer.numberOfLeadingZeros(slots.length) + 1;
        count = 0;
    }

    /// Adds a point and returns 1; 0 when it is there. A number, since half of the answers are
    /// either: nobody guesses them.
    int add(int point) {
        if (bits.length == 0) {
            return addHashed(point) ? 1 : 0;
        }
        long there = bits[point >> 6];
        bits[point >> 6] = there | 1L << point;
        return (int) (~there >>> point) & 1;
    }

    private boolean addHashed(int point) {
        int at = (point * SPREAD) >>> shift;
        while (slots[at] != FREE) {
            if (slots[at] == point) {
                return false;
            }
            at = (at + 1) & (slots.length - 1);
        }
        slots[at] = point;
        count++;
        if (2 * count > slots.length && slots.length < 1 << 30) {
            grow();
        }
        return true;
    }

    private void grow() {
        int[] old = slots;
        slots = new int[2 * old.length];
        begin();
        for (int point : old) {
            if (point != FREE) {
                boolean _ = addHashed(point);
            }
        }
    }
}
