package dev.arrowshelf.vector.ivf;

import dev.arrowshelf.vector.flat.Panels;
import dev.arrowshelf.vector.model.Storage;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Writes the points of lists into their panels. For one thread.
final class ListWriter {
    private final float[] points;
    private final int[] rows;
    private final int dimensions;
    private final float[] gathered;
    private final float[] panel;
    private final @Nullable ListCodes codes;
    private final Storage storage;

    /// @param points vector after vector
    /// @param rows their row numbers
    ListWriter(float[] points, int[] rows, int dimensions, Storage storage) {
        this.points = points;
        this.rows = rows;
        this.dimensions = dimensions;
        this.gathered = new float[IvfIndex.PANEL * dimensions];
        this.panel = new float[IvfIndex.PANEL * dimensions];
        this.storage = storage;
        this.codes = storage.isCoded() ? new ListCodes(storage, dimensions) : null;
    }

    /// Begins a list.
    ///
    /// @param members points of all lists by position, below 0 for none; those of this list lie
    ///   from `first` to `end`
    void begin(
            int list,
            int[] members,
            int first,
            int end,
            MemorySegment centres,
            MemorySegment scales) {
        if (codes != null) {
            codes.begin(list, centres, points, members, first, end, scales);
        }
    }

    /// Writes the panels and row numbers of the list that was begun.
    void write(int[] members, int first, int end, MemorySegment panels, MemorySegment numbers) {
        for (int from = first; from < end; from += IvfIndex.PANEL) {
            int present = 0;
            for (int place = from; place < from + IvfIndex.PANEL; place++) {
                int point = members[place];
                numbers.set(
                        IvfIndex.INT, (long) place * Integer.BYTES, point < 0 ? -1 : rows[point]);
                if (point >= 0) {
                    System.arraycopy(
                            points,
                            point * dimensions,
                            gathered,
                            present++ * dimensions,
                            dimensions);
                }
            }
            Panels.transpose(gathered, 0, present, dimensions, panel);
            long offset = (long) from * dimensions * storage.bytes();
            if (codes != null) {
                codes.write(panel, present, panels, offset);
            } else {
                MemorySegment.copy(panel, 0, panels, IvfIndex.FLOAT, offset, panel.length);
            }
        }
    }
}
