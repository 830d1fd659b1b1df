package dev.arrowshelf.vector.graph;

import java.util.Arrays;

/// The points a search has met: a hash table that stays as small as the search. For one thread.
final class PointSet {
    private static final int FREE = -1;
    private static final int SPREAD = 0x9E3779B1;

    private int[] slots;
    private int shift;
    private int count;

    PointSet(int expected) {
        int bits = 64 - Long.numberOfLeadingZeros(Math.max(64L, 2L * expected) - 1);
        slots = new int[1 << Math.min(30, bits)];
        begin();
    }

    void begin() {
        Arrays.fill(slots, FREE);
        shift = Integer.numberOfLeadingZeros(slots.length) + 1;
        count = 0;
    }

    /// Adds a point; false when it is there.
    boolean add(int point) {
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
                add(point);
            }
        }
    }
}
