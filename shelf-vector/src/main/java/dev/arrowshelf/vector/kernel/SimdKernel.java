package dev.arrowshelf.vector.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// The kernels on the vector API, for the species chosen when the class is loaded.
final class SimdKernel implements Kernel {
    static final VectorSpecies<Float> SPECIES =
            switch (Kernels.wantedBits()) {
                case 512 -> FloatVector.SPECIES_512;
                case 256 -> FloatVector.SPECIES_256;
                case 128 -> FloatVector.SPECIES_128;
                default -> FloatVector.SPECIES_PREFERRED;
            };

    private static final int LANES = SPECIES.length();
    private static final long LANE_BYTES = (long) LANES * Float.BYTES;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);

    /// The large tile needs the 32 registers that come with 512 bits.
    private static final boolean WIDE = LANES == 16;

    private static final int TILE_QUERIES = WIDE ? 6 : 4;

    @Override
    public int tileQueries() {
        return TILE_QUERIES;
    }

    @Override
    public int bits() {
        return SPECIES.vectorBitSize();
    }

    @Override
    public void differences(
            MemorySegment panel,
            long offset,
            float[] queries,
            int at,
            int dimensions,
            float[] distances) {
        if (WIDE) {
            SimdDifferences.tile6x4(
                    panel, offset, PANEL_POINTS, queries, at, dimensions, distances, 0);
            return;
        }
        for (int point = 0; point < PANEL_POINTS; point += 2 * LANES) {
            long place = offset + (long) point * Float.BYTES;
            SimdDifferences.tile4x2(
                    panel, place, PANEL_POINTS, queries, at, dimensions, distances, point);
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
        if (WIDE) {
            SimdProducts.tile6x4(
                    panel, offset, PANEL_POINTS, queries, at, dimensions, distances, 0);
            return;
        }
        for (int point = 0; point < PANEL_POINTS; point += 2 * LANES) {
            long place = offset + (long) point * Float.BYTES;
            SimdProducts.tile4x2(
                    panel, place, PANEL_POINTS, queries, at, dimensions, distances, point);
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
        for (int point = 0; point < PANEL_POINTS; point += 4 * LANES) {
            long place = offset + (long) point * Float.BYTES;
            SimdDifferences.tile1x4(
                    panel, place, PANEL_POINTS, query, at, dimensions, distances, point);
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
        for (int point = 0; point < PANEL_POINTS; point += 4 * LANES) {
            long place = offset + (long) point * Float.BYTES;
            SimdProducts.tile1x4(
                    panel, place, PANEL_POINTS, query, at, dimensions, distances, point);
        }
    }

    @Override
    public long below(float[] distances, int at, float threshold) {
        long bits = 0;
        for (int point = 0; point < PANEL_POINTS; point += LANES) {
            bits |=
                    FloatVector.fromArray(SPECIES, distances, at + point).lt(threshold).toLong()
                            << point;
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
        long row = (long) LEAF_POINTS * Float.BYTES;
        long bits = 0;
        for (int point = 0; point < LEAF_POINTS; point += LANES) {
            long place = offset + (long) point * Float.BYTES;
            FloatVector dx = FloatVector.fromMemorySegment(SPECIES, leaves, place, ORDER).sub(x);
            FloatVector dy =
                    FloatVector.fromMemorySegment(SPECIES, leaves, place + row, ORDER).sub(y);
            FloatVector dz =
                    FloatVector.fromMemorySegment(SPECIES, leaves, place + 2 * row, ORDER).sub(z);
            FloatVector sum = dz.fma(dz, dy.fma(dy, dx.mul(dx)));
            sum.intoArray(distances, point);
            bits |= sum.lt(threshold).toLong() << point;
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
        long row = (long) LEAF_POINTS * Float.BYTES;
        long bits = 0;
        for (int point = 0; point < LEAF_POINTS; point += LANES) {
            long place = offset + (long) point * Float.BYTES;
            FloatVector sum = FloatVector.zero(SPECIES);
            for (int e = 0; e < dimensions; e++, place += row) {
                FloatVector difference =
                        FloatVector.fromMemorySegment(SPECIES, leaves, place, ORDER).sub(query[e]);
                sum = difference.fma(difference, sum);
            }
            sum.intoArray(distances, point);
            bits |= sum.lt(threshold).toLong() << point;
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
        SimdCodes.bytes(codes, offset, base, step, target, targetOffset);
    }

    @Override
    public void decodeHalves(
            MemorySegment codes,
            long offset,
            float base,
            float step,
            MemorySegment target,
            long targetOffset) {
        SimdCodes.halves(codes, offset, base, step, target, targetOffset);
    }

    @Override
    public float rowDifference(
            MemorySegment rows, long offset, float[] query, int at, int dimensions) {
        FloatVector first = FloatVector.zero(SPECIES);
        FloatVector second = FloatVector.zero(SPECIES);
        int e = 0;
        for (; e + 2 * LANES <= dimensions; e += 2 * LANES) {
            long place = offset + (long) e * Float.BYTES;
            FloatVector one =
                    FloatVector.fromMemorySegment(SPECIES, rows, place, ORDER)
                            .sub(FloatVector.fromArray(SPECIES, query, at + e));
            FloatVector two =
                    FloatVector.fromMemorySegment(SPECIES, rows, place + LANE_BYTES, ORDER)
                            .sub(FloatVector.fromArray(SPECIES, query, at + e + LANES));
            first = one.fma(one, first);
            second = two.fma(two, second);
        }
        float sum = first.add(second).reduceLanes(VectorOperators.ADD);
        for (; e < dimensions; e++) {
            float difference = rows.get(FLOAT, offset + (long) e * Float.BYTES) - query[at + e];
            sum += difference * difference;
        }
        return sum;
    }

    @Override
    public float rowProduct(
            MemorySegment rows, long offset, float[] query, int at, int dimensions) {
        FloatVector first = FloatVector.zero(SPECIES);
        FloatVector second = FloatVector.zero(SPECIES);
        int e = 0;
        for (; e + 2 * LANES <= dimensions; e += 2 * LANES) {
            long place = offset + (long) e * Float.BYTES;
            first =
                    FloatVector.fromMemorySegment(SPECIES, rows, place, ORDER)
                            .fma(FloatVector.fromArray(SPECIES, query, at + e), first);
            second =
                    FloatVector.fromMemorySegment(SPECIES, rows, place + LANE_BYTES, ORDER)
                            .fma(FloatVector.fromArray(SPECIES, query, at + e + LANES), second);
        }
        float sum = first.add(second).reduceLanes(VectorOperators.ADD);
        for (; e < dimensions; e++) {
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
        long first = numbers[from] * rowBytes;
        long second = numbers[from + 1] * rowBytes;
        long third = numbers[from + 2] * rowBytes;
        long fourth = numbers[from + 3] * rowBytes;
        FloatVector sum1 = FloatVector.zero(SPECIES);
        FloatVector sum2 = FloatVector.zero(SPECIES);
        FloatVector sum3 = FloatVector.zero(SPECIES);
        FloatVector sum4 = FloatVector.zero(SPECIES);
        int width = (int) (rowBytes / Float.BYTES);
        for (int e = 0; e < width; e += LANES) {
            FloatVector wanted = FloatVector.fromArray(SPECIES, query, e);
            long step = (long) e * Float.BYTES;
            FloatVector gap1 =
                    FloatVector.fromMemorySegment(SPECIES, rows, first + step, ORDER).sub(wanted);
            FloatVector gap2 =
                    FloatVector.fromMemorySegment(SPECIES, rows, second + step, ORDER).sub(wanted);
            FloatVector gap3 =
                    FloatVector.fromMemorySegment(SPECIES, rows, third + step, ORDER).sub(wanted);
            FloatVector gap4 =
                    FloatVector.fromMemorySegment(SPECIES, rows, fourth + step, ORDER).sub(wanted);
            sum1 = gap1.fma(gap1, sum1);
            sum2 = gap2.fma(gap2, sum2);
            sum3 = gap3.fma(gap3, sum3);
            sum4 = gap4.fma(gap4, sum4);
        }
        sums[from] = sum1.reduceLanes(VectorOperators.ADD);
        sums[from + 1] = sum2.reduceLanes(VectorOperators.ADD);
        sums[from + 2] = sum3.reduceLanes(VectorOperators.ADD);
        sums[from + 3] = sum4.reduceLanes(VectorOperators.ADD);
    }
}
