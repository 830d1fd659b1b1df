package dev.arrowshelf.vector.ivf;

import dev.arrowshelf.vector.model.Storage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Rounds the points of one list after the other: for each dimension the distance from the list's
/// centre, in parts of the greatest one. For one thread.
final class ListCodes {
    private static final float GREATEST_CODE = 127;

    private final Storage storage;
    private final int dimensions;
    private final float[] centre;
    private final float[] steps;

    ListCodes(Storage storage, int dimensions) {
        this.storage = storage;
        this.dimensions = dimensions;
        this.centre = new float[dimensions];
        this.steps = new float[dimensions];
    }

    /// Begins a list: finds its scale and writes it down.
    ///
    /// @param centres of all lists, in panels
    /// @param points vector after vector
    /// @param members numbers of points from `from` to `to`; those below 0 are none
    /// @param scales of all lists
    void begin(
            int list,
            MemorySegment centres,
            float[] points,
            int[] members,
            int from,
            int to,
            MemorySegment scales) {
        for (int e = 0; e < dimensions; e++) {
            centre[e] = centres.get(IvfIndex.FLOAT, IvfIndex.centreAt(list, e, dimensions));
            steps[e] = 0;
        }
        for (int place = from; place < to; place++) {
            int at = members[place] * dimensions;
            if (at >= 0) {
                for (int e = 0; e < dimensions; e++) {
                    steps[e] = Math.max(steps[e], Math.abs(points[at + e] - centre[e]));
                }
            }
        }
        for (int e = 0; e < dimensions; e++) {
            steps[e] /= storage == Storage.INT8 ? GREATEST_CODE : 1;
            scales.set(IvfIndex.FLOAT, ((long) list * dimensions + e) * Float.BYTES, steps[e]);
        }
    }

    /// Rounds a panel of the list that was begun.
    ///
    /// @param panel coordinate by coordinate
    /// @param count points in it; the places after them get the centre
    void write(float[] panel, int count, MemorySegment target, long offset) {
        for (int e = 0; e < dimensions; e++) {
            for (int place = 0; place < IvfIndex.PANEL; place++) {
                int at = e * IvfIndex.PANEL + place;
                float parts = 0;
                if (place < count && steps[e] > 0) {
                    parts = (panel[at] - centre[e]) / steps[e];
                }
                if (storage == Storage.INT8) {
                    int code =
                            Math.clamp(
                                    Math.round(parts), -(int) GREATEST_CODE, (int) GREATEST_CODE);
                    target.set(ValueLayout.JAVA_BYTE, offset + at, (byte) code);
                } else {
                    target.set(
                            IvfIndex.SHORT,
                            offset + (long) at * Short.BYTES,
                            Float.floatToFloat16(parts));
                }
            }
        }
    }
}
