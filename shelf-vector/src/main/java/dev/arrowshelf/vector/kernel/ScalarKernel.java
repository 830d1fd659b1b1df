package dev.arrowshelf.vector.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The kernels in plain loops: what runs where the vector API is missing, and what the vectorised
/// ones are tested against.
final class ScalarKernel implements Kernel {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort HALF =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int TILE_QUERIES = 4;

    @Override
    public int tileQueries() {
        return TILE_QUERIES;
    }

    @Override
    public int bits() {
        return 0;
    }

    @Override
    public void differences(
            MemorySegment panel,
            long offset,
            float[] queries,
            int at,
            int dimensions,
            float[] distances) {
        java.util.Arrays.fill(distances, 0, TILE_QUERIES * PANEL_POINTS, 0f);
        for (int e = 0; e < dimensions; e++) {
            long place = offset + (long) e * PANEL_POINTS * Float.BYTES;
            for (int query = 0; query < TILE_QUERIES; query++) {
                float value = queries[at + e * TILE_QUERIES + query];
                int target = query * PANEL_POINTS;
                for (int point = 0; point < PANEL_POINTS; point++) {
                    float difference = panel.get(FLOAT, place + (long) point * Float.BYTES) - value;
                    distances[target + point] += difference * difference;
                }
            }
        }
    }

    @Override
    public void products(
            MemorySegment panel,
            long offset,
            float[] queries,
            int at,
            int dimensions,
            float[] distances) {
        java.util.Arrays.fill(distances, 0, TILE_QUERIES * PANEL_POINTS, 0f);
        for (int e = 0; e < dimensions; e++) {
            long place = offset + (long) e * PANEL_POINTS * Float.BYTES;
            for (int query = 0; query < TILE_QUERIES; query++) {
                float value = queries[at + e * TILE_QUERIES + query];
                int target = query * PANEL_POINTS;
                for (int point = 0; point < PANEL_POINTS; point++) {
                    distances[target + point] +=
                            panel.get(FLOAT, place + (long) point * Float.BYTES) * value;
                }
            }
        }
    }

    @Override
    public void differencesOfOne(
            MemorySegment panel,
            long offset,
            float[] query,
            int at,
            int dimensions,
            float[] distances) {
        java.util.Arrays.fill(distances, 0, PANEL_POINTS, 0f);
        for (int e = 0; e < dimensions; e++) {
            long place = offset + (long) e * PANEL_POINTS * Float.BYTES;
            float value = query[at + e];
            for (int point = 0; point < PANEL_POINTS; point++) {
                float difference = panel.get(FLOAT, place + (long) point * Float.BYTES) - value;
                distances[point] += difference * difference;
            }
        }
    }

    @Override
    public void productsOfOne(
            MemorySegment panel,
            long offset,
            float[] query,
            int at,
            int dimensions,
            float[] distances) {
        java.util.Arrays.fill(distances, 0, PANEL_POINTS, 0f);
        for (int e = 0; e < dimensions; e++) {
            long place = offset + (long) e * PANEL_POINTS * Float.BYTES;
            float value = query[at + e];
            for (int point = 0; point < PANEL_POINTS; point++) {
                distances[point] += panel.get(FLOAT, place + (long) point * Float.BYTES) * value;
            }
        }
    }

    @Override
    public long below(float[] distances, int at, float threshold) {
        long bits = 0;
        for (int point = 0; point < PANEL_POINTS; point++) {
            if (distances[at + point] < threshold) {
                bits |= 1L << point;
            }
        }
        return bits;
    }

    @Override
    public long leafOfThree(
            MemorySegment leaves,
            long offset,
            float x,
            float y,
            float z,
            float threshold,
            float[] distances) {
        int ys = 2 * LEAF_POINTS;
        int zs = 3 * LEAF_POINTS;
        MemorySegment.copy(leaves, FLOAT, offset, distances, LEAF_POINTS, 3 * LEAF_POINTS);
        long bits = 0;
        for (int point = 0; point < LEAF_POINTS; point++) {
            float dx = distances[LEAF_POINTS + point] - x;
            float dy = distances[ys + point] - y;
            float dz = distances[zs + point] - z;
            float distance = dx * dx + dy * dy + dz * dz;
            distances[point] = distance;
            if (distance < threshold) {
                bits |= 1L << point;
            }
        }
        return bits;
    }

    @Override
    public long leaf(
            MemorySegment leaves,
            long offset,
            float[] query,
            int dimensions,
            float threshold,
            float[] distances) {
        MemorySegment.copy(leaves, FLOAT, offset, distances, LEAF_POINTS, dimensions * LEAF_POINTS);
        java.util.Arrays.fill(distances, 0, LEAF_POINTS, 0f);
        for (int e = 0; e < dimensions; e++) {
            int from = (e + 1) * LEAF_POINTS;
            float value = query[e];
            for (int point = 0; point < LEAF_POINTS; point++) {
                float difference = distances[from + point] - value;
                distances[point] += difference * difference;
            }
        }
        long bits = 0;
        for (int point = 0; point < LEAF_POINTS; point++) {
            if (distances[point] < threshold) {
                bits |= 1L << point;
            }
        }
        return bits;
    }

    @Override
    public void decodeBytes(
            MemorySegment codes,
            long offset,
            float base,
            float step,
            MemorySegment target,
            long targetOffset) {
        for (int point = 0; point < PANEL_POINTS; point++) {
            float value = codes.get(ValueLayout.JAVA_BYTE, offset + point) * step + base;
            target.set(FLOAT, targetOffset + (long) point * Float.BYTES, value);
        }
    }

    @Override
    public void decodeHalves(
            MemorySegment codes,
            long offset,
            float base,
            float step,
            MemorySegment target,
            long targetOffset) {
        for (int point = 0; point < PANEL_POINTS; point++) {
            short code = codes.get(HALF, offset + (long) point * Short.BYTES);
            float value = Float.float16ToFloat(code) * step + base;
            target.set(FLOAT, targetOffset + (long) point * Float.BYTES, value);
        }
    }

    @Override
    public float rowDifference(
            MemorySegment rows, long offset, float[] query, int at, int dimensions) {
        float sum = 0;
        for (int e = 0; e < dimensions; e++) {
            float difference = rows.get(FLOAT, offset + (long) e * Float.BYTES) - query[at + e];
            sum += difference * difference;
        }
        return sum;
    }

    @Override
    public float rowProduct(
            MemorySegment rows, long offset, float[] query, int at, int dimensions) {
        float sum = 0;
        for (int e = 0; e < dimensions; e++) {
            sum += rows.get(FLOAT, offset + (long) e * Float.BYTES) * query[at + e];
        }
        return sum;
    }

    @Override
    public void fourRows(
            MemorySegment rows,
            long rowBytes,
            int[] numbers,
            int from,
            float[] query,
            float[] sums) {
        int width = (int) (rowBytes / Float.BYTES);
        for (int i = from; i < from + 4; i++) {
            sums[i] = rowDifference(rows, numbers[i] * rowBytes, query, 0, width);
        }
    }
}
