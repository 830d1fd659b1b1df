package dev.arrowshelf.vector.ivf;

import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.model.Storage;
import dev.arrowshelf.vector.segment.IndexBytes;
import dev.arrowshelf.vector.segment.IndexSection;
import dev.arrowshelf.vector.segment.IndexTuning;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Points in lists, each list in panels; the centres of the lists in panels as well.
///
/// Thread rule: immutable. Memory rule: views of a mapped index, which whoever opened it keeps;
/// only the places of the lists are an array.
public final class IvfIndex {
    static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final int PANEL = Kernel.PANEL_POINTS;

    private static final int HALF_SPARE = 8;
    private static final int BYTE_SPARE = 16;

    private final int dimensions;
    private final int[] firstPanels;
    private final MemorySegment centres;
    private final MemorySegment points;
    private final MemorySegment rows;
    private final Storage storage;
    private final MemorySegment scales;

    /// @param scales empty where coordinates are not rounded
    IvfIndex(
            int dimensions,
            int[] firstPanels,
            MemorySegment centres,
            MemorySegment points,
            MemorySegment rows,
            Storage storage,
            MemorySegment scales) {
        this.storage = storage;
        this.scales = scales;
        this.dimensions = dimensions;
        this.firstPanels = firstPanels;
        this.centres = centres;
        this.points = points;
        this.rows = rows;
    }

    /// Reads an index; everything stays where it lies. Error: `CORRUPT`.
    public static IvfIndex read(IndexBytes index) {
        IndexTuning tuning = index.tuning();
        int dimensions = index.shape().dimensions();
        MemorySegment lists = index.section(IndexSection.LISTS);
        MemorySegment centres = index.section(IndexSection.CENTROIDS);
        MemorySegment points = index.section(IndexSection.POINTS);
        MemorySegment rows = index.section(IndexSection.ROWS);
        if (tuning.lists() < 1 || lists.byteSize() != (tuning.lists() + 1L) * Integer.BYTES) {
            throw IndexBytes.damaged("lists=" + tuning.lists());
        }
        int[] firstPanels = new int[tuning.lists() + 1];
        MemorySegment.copy(lists, INT, 0, firstPanels, 0, firstPanels.length);
        for (int list = 0; list < tuning.lists(); list++) {
            if (firstPanels[list] < 0 || firstPanels[list + 1] < firstPanels[list]) {
                throw IndexBytes.damaged("places of lists do not ascend: list=" + list);
            }
        }
        long panels = firstPanels[tuning.lists()];
        Storage storage = tuning.storage();
        MemorySegment scales =
                storage.isCoded() ? index.section(IndexSection.SCALES) : MemorySegment.NULL;
        if (centres.byteSize() != panelBytes(panels(tuning.lists()), dimensions)
                || points.byteSize() != codeBytes(panels, dimensions, storage)
                || scales.byteSize() != scaleBytes(tuning.lists(), dimensions, storage)
                || rows.byteSize() != panels * PANEL * Integer.BYTES) {
            throw IndexBytes.damaged("sections do not fit " + panels + " panels");
        }
        return new IvfIndex(dimensions, firstPanels, centres, points, rows, storage, scales);
    }

    /// Returns how many panels hold so many points.
    static int panels(int count) {
        return (int) (((long) count + PANEL - 1) / PANEL);
    }

    static long codeBytes(long panels, int dimensions, Storage storage) {
        return panels * PANEL * dimensions * storage.bytes();
    }

    static long scaleBytes(int lists, int dimensions, Storage storage) {
        return storage.isCoded() ? (long) lists * dimensions * Float.BYTES : 0;
    }

    /// Returns where a coordinate of a centre lies among the panels of centres.
    static long centreAt(int list, int coordinate, int dimensions) {
        return panelBytes(list / PANEL, dimensions)
                + ((long) coordinate * PANEL + list % PANEL) * Float.BYTES;
    }

    static long panelBytes(long panels, int dimensions) {
        return panels * PANEL * dimensions * Float.BYTES;
    }

    /// Returns the number of lists.
    public int lists() {
        return firstPanels.length - 1;
    }

    int dimensions() {
        return dimensions;
    }

    int firstPanel(int list) {
        return firstPanels[list];
    }

    MemorySegment centres() {
        return centres;
    }

    MemorySegment points() {
        return points;
    }

    /// Returns how coordinates are kept.
    public Storage storage() {
        return storage;
    }

    /// Returns how many candidates beyond those wanted are measured again.
    public int spare(int wanted) {
        return switch (storage) {
            case AUTO, FLOAT32 -> 0;
            case FLOAT16 -> HALF_SPARE;
            case INT8 -> wanted + BYTE_SPARE;
        };
    }

    /// Reads the centre of a list and the steps of its coordinates.
    void readScale(int list, float[] centre, float[] steps) {
        for (int e = 0; e < dimensions; e++) {
            centre[e] = centres.get(FLOAT, centreAt(list, e, dimensions));
        }
        MemorySegment.copy(
                scales, FLOAT, (long) list * dimensions * Float.BYTES, steps, 0, dimensions);
    }

    /// Returns the row number at a position, -1 where there is no point.
    public int row(int position) {
        return rows.get(INT, (long) position * Integer.BYTES);
    }
}
