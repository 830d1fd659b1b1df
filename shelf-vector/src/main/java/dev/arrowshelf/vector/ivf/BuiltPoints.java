package dev.arrowshelf.vector.ivf;

import dev.arrowshelf.vector.flat.Panels;
import dev.arrowshelf.vector.near.Nearest;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// The points of a build by their position in the index, not rounded.
///
/// Thread rule: immutable; panels are for one thread.
final class BuiltPoints {
    private final float[] points;
    private final int dimensions;
    private final int[] members;

    /// @param points vector after vector
    /// @param members point of each position, below 0 for none
    BuiltPoints(float[] points, int dimensions, int[] members) {
        this.points = points;
        this.dimensions = dimensions;
        this.members = members;
    }

    /// Offers what another one found with the right distances from a query.
    void measureAgain(Nearest rounded, float[] queries, int query, Nearest exact) {
        for (int place = 0; place < rounded.size(); place++) {
            int position = rounded.position(place);
            int at = members[position] * dimensions;
            float sum = 0;
            for (int e = 0; e < dimensions; e++) {
                float gap = points[at + e] - queries[query * dimensions + e];
                sum += gap * gap;
            }
            exact.offer(sum, position);
        }
    }

    /// Returns the panels of the lists, made when they are wanted.
    ListPanels panels(Arena scratch) {
        return new Gathered(this, scratch);
    }

    /// Panels that are gathered from the points.
    static final class Gathered implements ListPanels {
        private final BuiltPoints built;
        private final MemorySegment memory;
        private final float[] gathered;
        private final float[] panel;

        Gathered(BuiltPoints built, Arena scratch) {
            this.built = built;
            this.memory = scratch.allocate(IvfIndex.panelBytes(1, built.dimensions), 64);
            this.gathered = new float[IvfIndex.PANEL * built.dimensions];
            this.panel = new float[IvfIndex.PANEL * built.dimensions];
        }

        @Override
        public MemorySegment memory() {
            return memory;
        }

        @Override
        public long at(int list, int number) {
            int present = 0;
            int first = number * IvfIndex.PANEL;
            int dimensions = built.dimensions;
            for (int place = first; place < first + IvfIndex.PANEL; place++) {
                int point = built.members[place];
                if (point >= 0) {
                    System.arraycopy(
                            built.points,
                            point * dimensions,
                            gathered,
                            present++ * dimensions,
                            dimensions);
                }
            }
            Panels.transpose(gathered, 0, present, dimensions, panel);
            MemorySegment.copy(panel, 0, memory, IvfIndex.FLOAT, 0, panel.length);
            return 0;
        }
    }
}
