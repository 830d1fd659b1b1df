package dev.arrowshelf.sql.prune;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/// The box around geometries, found in their well-known binary without making objects of them.
///
/// One thread. Understands the plain form and the one with a reference system in it, heights and
/// measures, both byte orders.
final class GeometryBox {
    private static final ValueLayout.OfInt LITTLE_INTS =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt BIG_INTS =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfDouble LITTLE_DOUBLES =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble BIG_DOUBLES =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final int HAS_HEIGHTS = 0x8000_0000;
    private static final int HAS_MEASURES = 0x4000_0000;
    private static final int HAS_SYSTEM = 0x2000_0000;
    private static final int KINDS = 1000;
    private static final int DEEPEST = 32;

    private double leastX = Double.POSITIVE_INFINITY;
    private double leastY = Double.POSITIVE_INFINITY;
    private double greatestX = Double.NEGATIVE_INFINITY;
    private double greatestY = Double.NEGATIVE_INFINITY;
    private long points;
    private boolean unbounded;

    /// Makes the box large enough for a geometry, too. One without points, or that is not
    /// understood, may be anywhere.
    void add(MemorySegment binary) {
        long before = points;
        try {
            read(binary, 0, 0);
        } catch (IndexOutOfBoundsException _) {
            unbounded = true;
        }
        unbounded |= points == before;
    }

    /// Returns the box, made larger by a distance on every side.
    Bounds bounds(double distance) {
        if (unbounded || Double.isNaN(distance)) {
            return Bounds.ALL;
        }
        return points == 0
                ? Bounds.ofBox(KeyRange.NONE, KeyRange.NONE)
                : Bounds.ofBox(
                        range(Math.nextDown(leastX - distance), Math.nextUp(greatestX + distance)),
                        range(Math.nextDown(leastY - distance), Math.nextUp(greatestY + distance)));
    }

    private static KeyRange range(double least, double greatest) {
        return new KeyRange(KeyKind.ofDouble(least), KeyKind.ofDouble(greatest));
    }

    /// Reads a geometry and returns where it ends.
    private long read(MemorySegment binary, long begin, int depth) {
        boolean little = binary.get(ValueLayout.JAVA_BYTE, begin) == 1;
        int type = word(binary, begin + 1, little);
        long next = begin + 5 + ((type & HAS_SYSTEM) == 0 ? 0 : Integer.BYTES);
        int plain = type & ~(HAS_HEIGHTS | HAS_MEASURES | HAS_SYSTEM);
        int kind = plain % KINDS;
        int form = plain / KINDS;
        boolean heights = (type & HAS_HEIGHTS) != 0 || form == 1 || form == 3;
        boolean measures = (type & HAS_MEASURES) != 0 || form == 2 || form == 3;
        int numbers = 2 + (heights ? 1 : 0) + (measures ? 1 : 0);
        return switch (kind) {
            case 1 -> points(binary, next, 1, numbers, little);
            case 2 -> counted(binary, next, numbers, little);
            case 3 -> {
                int rings = count(binary, next, little);
                next += Integer.BYTES;
                for (int ring = 0; ring < rings; ring++) {
                    next = counted(binary, next, numbers, little);
                }
                yield next;
            }
            case 4, 5, 6, 7 -> {
                Objects.checkIndex(depth, DEEPEST);
                int parts = count(binary, next, little);
                next += Integer.BYTES;
                for (int part = 0; part < parts; part++) {
                    next = read(binary, next, depth + 1);
                }
                yield next;
            }
            default -> throw new IndexOutOfBoundsException("kind of geometry: kind=" + kind);
        };
    }

    private long counted(MemorySegment binary, long at, int numbers, boolean little) {
        int count = count(binary, at, little);
        return points(binary, at + Integer.BYTES, count, numbers, little);
    }

    private static int count(MemorySegment binary, long at, boolean little) {
        int count = word(binary, at, little);
        Objects.checkFromIndexSize(at, Integer.toUnsignedLong(count), binary.byteSize());
        return count;
    }

    private static int word(MemorySegment binary, long at, boolean little) {
        return little ? binary.get(LITTLE_INTS, at) : binary.get(BIG_INTS, at);
    }

    private long points(MemorySegment binary, long at, int count, int numbers, boolean little) {
        long step = (long) numbers * Double.BYTES;
        for (int point = 0; point < count; point++) {
            long place = at + point * step;
            if (little) {
                point(
                        binary.get(LITTLE_DOUBLES, place),
                        binary.get(LITTLE_DOUBLES, place + Double.BYTES));
            } else {
                point(
                        binary.get(BIG_DOUBLES, place),
                        binary.get(BIG_DOUBLES, place + Double.BYTES));
            }
        }
        return at + count * step;
    }

    /// An empty point has no numbers for coordinates.
    private void point(double x, double y) {
        if (!Double.isNaN(x) && !Double.isNaN(y)) {
            points++;
            leastX = Math.min(leastX, x);
            greatestX = Math.max(greatestX, x);
            leastY = Math.min(leastY, y);
            greatestY = Math.max(greatestY, y);
        }
    }
}
