package dev.arrowshelf.vector.graph;

import dev.arrowshelf.vector.kernel.Kernel;
import dev.arrowshelf.vector.segment.IndexBytes;
import dev.arrowshelf.vector.segment.IndexSection;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Points and their links, level by level. Point 0 is where searches begin; the points of a level
/// are the first ones.
///
/// Thread rule: immutable, but for a builder that lets nobody read what it writes. Memory rule:
/// views of a mapped index, which whoever opened it keeps; only the sizes of the levels are an
/// array.
public final class GraphIndex {
    static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final int NONE = -1;

    private final int dimensions;
    private final int links;
    private final int points;
    private final int[] levelPoints;
    private final long[] levelStarts;
    private final MemorySegment values;
    private final MemorySegment rows;
    private final MemorySegment lowest;
    private final MemorySegment levels;

    /// Puts the parts together.
    ///
    /// @param levelPoints how many points are on each level, the lowest first
    GraphIndex(
            int dimensions,
            int links,
            int[] levelPoints,
            MemorySegment values,
            MemorySegment rows,
            MemorySegment lowest,
            MemorySegment levels) {
        this.dimensions = dimensions;
        this.links = links;
        this.points = levelPoints[0];
        this.levelPoints = levelPoints;
        this.values = values;
        this.rows = rows;
        this.lowest = lowest;
        this.levels = levels;
        this.levelStarts = new long[levelPoints.length];
        long at = (long) levelPoints.length * Integer.BYTES;
        for (int level = 1; level < levelPoints.length; level++) {
            levelStarts[level] = at;
            at += (long) levelPoints[level] * links * Integer.BYTES;
        }
    }

    /// Reads an index; everything stays where it lies. Error: `CORRUPT`.
    public static GraphIndex read(IndexBytes index) {
        int dimensions = index.shape().dimensions();
        int links = index.tuning().lists();
        int points = index.shape().points();
        MemorySegment levels = index.section(IndexSection.LEVELS);
        if (links < 1 || levels.byteSize() < Integer.BYTES) {
            throw IndexBytes.damaged("links=" + links);
        }
        int top = levels.get(INT, 0);
        if (top < 0 || levels.byteSize() < (1L + top) * Integer.BYTES) {
            throw IndexBytes.damaged("levels=" + top);
        }
        int[] levelPoints = new int[top + 1];
        levelPoints[0] = points;
        for (int level = 1; level <= top; level++) {
            levelPoints[level] = levels.get(INT, (long) level * Integer.BYTES);
            if (levelPoints[level] < 1 || levelPoints[level] > levelPoints[level - 1]) {
                throw IndexBytes.damaged("level has too many points: level=" + level);
            }
        }
        GraphIndex graph =
                new GraphIndex(
                        dimensions,
                        links,
                        levelPoints,
                        index.section(IndexSection.POINTS),
                        index.section(IndexSection.ROWS),
                        index.section(IndexSection.LINKS),
                        levels);
        if (graph.values.byteSize() != points * graph.rowBytes()
                || graph.rows.byteSize() != (long) points * Integer.BYTES
                || graph.lowest.byteSize() != 2L * points * links * Integer.BYTES
                || levels.byteSize() != levelBytes(levelPoints, links)) {
            throw IndexBytes.damaged("sections do not fit " + points + " points");
        }
        return graph;
    }

    static long levelBytes(int[] levelPoints, int links) {
        long bytes = (long) levelPoints.length * Integer.BYTES;
        for (int level = 1; level < levelPoints.length; level++) {
            bytes += (long) levelPoints[level] * links * Integer.BYTES;
        }
        return bytes;
    }

    /// Returns the coordinates of a row, with the zeros at its end.
    static int width(int dimensions) {
        return (dimensions + Kernel.ROW_STEP - 1) / Kernel.ROW_STEP * Kernel.ROW_STEP;
    }

    /// Returns the number of points.
    public int points() {
        return points;
    }

    int dimensions() {
        return dimensions;
    }

    int width() {
        return width(dimensions);
    }

    long rowBytes() {
        return (long) width() * Float.BYTES;
    }

    int top() {
        return levelPoints.length - 1;
    }

    /// Returns the highest level a point is on.
    int levelOf(int point) {
        int level = top();
        while (level > 0 && point >= levelPoints[level]) {
            level--;
        }
        return level;
    }

    int links() {
        return links;
    }

    /// Returns the most links of a point on a level.
    int mostLinks(int level) {
        return level == 0 ? 2 * links : links;
    }

    MemorySegment values() {
        return values;
    }

    /// Reads the links of a point and returns how many there are.
    int readLinks(int level, int point, int[] target) {
        int most = mostLinks(level);
        MemorySegment.copy(segment(level), INT, place(level, point), target, 0, most);
        int count = 0;
        while (count < most && target[count] >= 0) {
            count++;
        }
        return count;
    }

    /// Writes the links of a point; for a builder.
    void writeLinks(int level, int point, int[] linked, int count) {
        int most = mostLinks(level);
        for (int place = count; place < most; place++) {
            linked[place] = NONE;
        }
        MemorySegment.copy(linked, 0, segment(level), INT, place(level, point), most);
    }

    private MemorySegment segment(int level) {
        return level == 0 ? lowest : levels;
    }

    private long place(int level, int point) {
        return levelStarts[level] + (long) point * mostLinks(level) * Integer.BYTES;
    }

    /// Returns the row number of a point.
    public int row(int point) {
        return rows.get(INT, (long) point * Integer.BYTES);
    }
}
