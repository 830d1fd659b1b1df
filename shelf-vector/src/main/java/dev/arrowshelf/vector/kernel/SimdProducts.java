package dev.arrowshelf.vector.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Tiles that sum products of several queries and several vectors of points at once, so that each
/// value loaded is used many times. The shape is what the registers hold: six by four with 32
/// registers of 512 bits, four by two with 16. Accumulators are locals and never leave the method:
/// handed to a call that is not inlined they would become objects.
final class SimdProducts {
    private static final VectorSpecies<Float> SPECIES = SimdKernel.SPECIES;
    private static final int LANES = SPECIES.length();
    private static final long LANE_BYTES = (long) LANES * Float.BYTES;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private SimdProducts() {}

    /// 6 queries by 4 vectors of points.
    static void tile6x4(
            MemorySegment panel,
            long offset,
            int width,
            float[] queries,
            int at,
            int dimensions,
            float[] distances,
            int target) {
        FloatVector zero = FloatVector.zero(SPECIES); // a constant field would keep sums boxed
        FloatVector a00 = zero;
        FloatVector a01 = zero;
        FloatVector a02 = zero;
        FloatVector a03 = zero;
        FloatVector a10 = zero;
        FloatVector a11 = zero;
        FloatVector a12 = zero;
        FloatVector a13 = zero;
        FloatVector a20 = zero;
        FloatVector a21 = zero;
        FloatVector a22 = zero;
        FloatVector a23 = zero;
        FloatVector a30 = zero;
        FloatVector a31 = zero;
        FloatVector a32 = zero;
        FloatVector a33 = zero;
        FloatVector a40 = zero;
        FloatVector a41 = zero;
        FloatVector a42 = zero;
        FloatVector a43 = zero;
        FloatVector a50 = zero;
        FloatVector a51 = zero;
        FloatVector a52 = zero;
        FloatVector a53 = zero;
        long place = offset;
        final long step = (long) width * Float.BYTES;
        for (int e = 0, q = at; e < dimensions; e++, q += 6, place += step) {
            FloatVector v0 = FloatVector.fromMemorySegment(SPECIES, panel, place, ORDER);
            FloatVector v1 =
                    FloatVector.fromMemorySegment(SPECIES, panel, place + LANE_BYTES, ORDER);
            FloatVector v2 =
                    FloatVector.fromMemorySegment(SPECIES, panel, place + 2L * LANE_BYTES, ORDER);
            FloatVector v3 =
                    FloatVector.fromMemorySegment(SPECIES, panel, place + 3L * LANE_BYTES, ORDER);
            FloatVector b0 = FloatVector.broadcast(SPECIES, queries[q]);
            a00 = v0.fma(b0, a00);
            a01 = v1.fma(b0, a01);
            a02 = v2.fma(b0, a02);
            a03 = v3.fma(b0, a03);
            FloatVector b1 = FloatVector.broadcast(SPECIES, queries[q + 1]);
            a10 = v0.fma(b1, a10);
            a11 = v1.fma(b1, a11);
            a12 = v2.fma(b1, a12);
            a13 = v3.fma(b1, a13);
            FloatVector b2 = FloatVector.broadcast(SPECIES, queries[q + 2]);
            a20 = v0.fma(b2, a20);
            a21 = v1.fma(b2, a21);
            a22 = v2.fma(b2, a22);
            a23 = v3.fma(b2, a23);
            FloatVector b3 = FloatVector.broadcast(SPECIES, queries[q + 3]);
            a30 = v0.fma(b3, a30);
            a31 = v1.fma(b3, a31);
            a32 = v2.fma(b3, a32);
            a33 = v3.fma(b3, a33);
            FloatVector b4 = FloatVector.broadcast(SPECIES, queries[q + 4]);
            a40 = v0.fma(b4, a40);
            a41 = v1.fma(b4, a41);
            a42 = v2.fma(b4, a42);
            a43 = v3.fma(b4, a43);
            FloatVector b5 = FloatVector.broadcast(SPECIES, queries[q + 5]);
            a50 = v0.fma(b5, a50);
            a51 = v1.fma(b5, a51);
            a52 = v2.fma(b5, a52);
            a53 = v3.fma(b5, a53);
        }
        a00.intoArray(distances, target);
        a01.intoArray(distances, target + LANES);
        a02.intoArray(distances, target + 2 * LANES);
        a03.intoArray(distances, target + 3 * LANES);
        a10.intoArray(distances, target + width);
        a11.intoArray(distances, target + width + LANES);
        a12.intoArray(distances, target + width + 2 * LANES);
        a13.intoArray(distances, target + width + 3 * LANES);
        a20.intoArray(distances, target + 2 * width);
        a21.intoArray(distances, target + 2 * width + LANES);
        a22.intoArray(distances, target + 2 * width + 2 * LANES);
        a23.intoArray(distances, target + 2 * width + 3 * LANES);
        a30.intoArray(distances, target + 3 * width);
        a31.intoArray(distances, target + 3 * width + LANES);
        a32.intoArray(distances, target + 3 * width + 2 * LANES);
        a33.intoArray(distances, target + 3 * width + 3 * LANES);
        a40.intoArray(distances, target + 4 * width);
        a41.intoArray(distances, target + 4 * width + LANES);
        a42.intoArray(distances, target + 4 * width + 2 * LANES);
        a43.intoArray(distances, target + 4 * width + 3 * LANES);
        a50.intoArray(distances, target + 5 * width);
        a51.intoArray(distances, target + 5 * width + LANES);
        a52.intoArray(distances, target + 5 * width + 2 * LANES);
        a53.intoArray(distances, target + 5 * width + 3 * LANES);
    }

    /// 4 queries by 2 vectors of points.
    static void tile4x2(
            MemorySegment panel,
            long offset,
            int width,
            float[] queries,
            int at,
            int dimensions,
            float[] distances,
            int target) {
        FloatVector zero = FloatVector.zero(SPECIES); // a constant field would keep sums boxed
        FloatVector a00 = zero;
        FloatVector a01 = zero;
        FloatVector a10 = zero;
        FloatVector a11 = zero;
        FloatVector a20 = zero;
        FloatVector a21 = zero;
        FloatVector a30 = zero;
        FloatVector a31 = zero;
        long place = offset;
        final long step = (long) width * Float.BYTES;
        for (int e = 0, q = at; e < dimensions; e++, q += 4, place += step) {
            FloatVector v0 = FloatVector.fromMemorySegment(SPECIES, panel, place, ORDER);
            FloatVector v1 =
                    FloatVector.fromMemorySegment(SPECIES, panel, place + LANE_BYTES, ORDER);
            FloatVector b0 = FloatVector.broadcast(SPECIES, queries[q]);
            a00 = v0.fma(b0, a00);
            a01 = v1.fma(b0, a01);
            FloatVector b1 = FloatVector.broadcast(SPECIES, queries[q + 1]);
            a10 = v0.fma(b1, a10);
            a11 = v1.fma(b1, a11);
            FloatVector b2 = FloatVector.broadcast(SPECIES, queries[q + 2]);
            a20 = v0.fma(b2, a20);
            a21 = v1.fma(b2, a21);
            FloatVector b3 = FloatVector.broadcast(SPECIES, queries[q + 3]);
            a30 = v0.fma(b3, a30);
            a31 = v1.fma(b3, a31);
        }
        a00.intoArray(distances, target);
        a01.intoArray(distances, target + LANES);
        a10.intoArray(distances, target + width);
        a11.intoArray(distances, target + width + LANES);
        a20.intoArray(distances, target + 2 * width);
        a21.intoArray(distances, target + 2 * width + LANES);
        a30.intoArray(distances, target + 3 * width);
        a31.intoArray(distances, target + 3 * width + LANES);
    }

    /// 1 query by 4 vectors of points.
    static void tile1x4(
            MemorySegment panel,
            long offset,
            int width,
            float[] queries,
            int at,
            int dimensions,
            float[] distances,
            int target) {
        FloatVector zero = FloatVector.zero(SPECIES); // a constant field would keep sums boxed
        FloatVector a00 = zero;
        FloatVector a01 = zero;
        FloatVector a02 = zero;
        FloatVector a03 = zero;
        long place = offset;
        final long step = (long) width * Float.BYTES;
        for (int e = 0, q = at; e < dimensions; e++, q += 1, place += step) {
            FloatVector v0 = FloatVector.fromMemorySegment(SPECIES, panel, place, ORDER);
            FloatVector v1 =
                    FloatVector.fromMemorySegment(SPECIES, panel, place + LANE_BYTES, ORDER);
            FloatVector v2 =
                    FloatVector.fromMemorySegment(SPECIES, panel, place + 2L * LANE_BYTES, ORDER);
            FloatVector v3 =
                    FloatVector.fromMemorySegment(SPECIES, panel, place + 3L * LANE_BYTES, ORDER);
            FloatVector b0 = FloatVector.broadcast(SPECIES, queries[q]);
            a00 = v0.fma(b0, a00);
            a01 = v1.fma(b0, a01);
            a02 = v2.fma(b0, a02);
            a03 = v3.fma(b0, a03);
        }
        a00.intoArray(distances, target);
        a01.intoArray(distances, target + LANES);
        a02.intoArray(distances, target + 2 * LANES);
        a03.intoArray(distances, target + 3 * LANES);
    }
}
