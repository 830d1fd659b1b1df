package dev.arrowshelf.vector.ivf;

import dev.arrowshelf.vector.kernel.Kernel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The panels of lists as floats, one at a time.
///
/// Thread rule: for one thread. Memory rule: a panel is there until the next one is asked for.
sealed interface ListPanels permits BuiltPoints.Gathered, ListPanels.Coded, ListPanels.Plain {
    /// Returns the memory that panels are found in.
    MemorySegment memory();

    /// Sees to it that a panel of a list is there, and returns its offset in the memory.
    long at(int list, int panel);

    /// Returns the panels of an index.
    ///
    /// @param scratch where decoded panels lie; null for one that keeps floats
    static ListPanels of(IvfIndex index, Kernel kernel, @Nullable Arena scratch) {
        return index.storage().isCoded()
                ? new Coded(index, kernel, Objects.requireNonNull(scratch))
                : new Plain(index.points(), index.dimensions());
    }

    /// Panels as they lie in the index.
    record Plain(MemorySegment memory, int dimensions) implements ListPanels {
        @Override
        public long at(int list, int panel) {
            return IvfIndex.panelBytes(panel, dimensions);
        }
    }

    /// Panels that are decoded when they are wanted.
    final class Coded implements ListPanels {
        private final IvfIndex index;
        private final Kernel kernel;
        private final MemorySegment memory;
        private final float[] base;
        private final float[] steps;
        private int list = -1;
        private int panel = -1;

        Coded(IvfIndex index, Kernel kernel, Arena scratch) {
            this.index = index;
            this.kernel = kernel;
            this.memory = scratch.allocate(IvfIndex.panelBytes(1, index.dimensions()), 64);
            this.base = new float[index.dimensions()];
            this.steps = new float[index.dimensions()];
        }

        @Override
        public MemorySegment memory() {
            return memory;
        }

        @Override
        public long at(int wantedList, int wantedPanel) {
            if (wantedList != list) {
                list = wantedList;
                index.readScale(list, base, steps);
            }
            if (wantedPanel != panel) {
                panel = wantedPanel;
                decode();
                if (panel + 1 == index.firstPanel(list + 1)) {
                    pad();
                }
            }
            return 0;
        }

        private void decode() {
            boolean halves = index.storage().bytes() == Short.BYTES;
            long row = (long) IvfIndex.PANEL * index.storage().bytes();
            long from = panel * row * base.length;
            for (int e = 0; e < base.length; e++) {
                long target = (long) e * IvfIndex.PANEL * Float.BYTES;
                if (halves) {
                    kernel.decodeHalves(
                            index.points(), from + e * row, base[e], steps[e], memory, target);
                } else {
                    kernel.decodeBytes(
                            index.points(), from + e * row, base[e], steps[e], memory, target);
                }
            }
        }

        /// Moves places without a point away: only the last panel of a list has such.
        private void pad() {
            for (int place = 0; place < IvfIndex.PANEL; place++) {
                if (index.row(panel * IvfIndex.PANEL + place) < 0) {
                    memory.set(
                            ValueLayout.JAVA_FLOAT_UNALIGNED,
                            (long) place * Float.BYTES,
                            Kernel.PADDING);
                }
            }
        }
    }
}
