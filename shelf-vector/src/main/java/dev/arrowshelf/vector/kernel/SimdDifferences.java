package dev.arrowshelf.vector.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Tiles that sum squares of differences of several queries and several vectors of points at once,
/// so that each value loaded is used many times. The shape is what the registers hold: six by four
/// with 32 registers of 512 bits, four by two with 16. Accumulators are locals and never leave the
/// method: handed to a call that is not inlined they would become objects.
final class SimdDifferences {
    private static final VectorSpecies<Float> SPECIES = SimdKernel.SPECIES;
    private static final int LANES = SPECIES.length();
    private static final long LANE_BYTES = (long) LANES * Float.BYTES;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private SimdDifferences() {}

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
            FloatVector d00 = v0.sub(b0);
            a00 = d00.fma(d00, a00);
            FloatVector d01 = v1.sub(b0);
            a01 = d01.fma(d01, a01);
            FloatVector d02 = v2.sub(b0);
            a02 = d02.fma(d02, a02);
            FloatVector d03 = v3.sub(b0);
            a03 = d03.fma(d03, a03);
            FloatVector b1 = FloatVector.broadcast(SPECIES, queries[q + 1]);
            FloatVector d10 = v0.sub(b1);
            a10 = d10.fma(d10, a10);
            FloatVector d11 = v1.sub(b1);
            a11 = d11.fma(d11, a11);
            FloatVector d12 = v2.sub(b1);
            a12 = d12.fma(d12, a12);
            FloatVector d13 = v3.sub(b1);
            a13 = d13.fma(d13, a13);
            FloatVector b2 = FloatVector.broadcast(SPECIES, queries[q + 2]);
            FloatVector d20 = v0.sub(b2);
            a20 = d20.fma(d20, a20);
            FloatVector d21 = v1.sub(b2);
            a21 = d21.fma(d21, a21);
            FloatVector d22 = v2.sub(b2);
            a22 = d22.fma(d22, a22);
            FloatVector d23 = v3.sub(b2);
            a23 = d23.fma(d23, a23);
            FloatVector b3 = FloatVector.broadcast(SPECIES, queries[q + 3]);
            FloatVector d30 = v0.sub(b3);
            a30 = d30.fma(d30, a30);
            FloatVector d31 = v1.sub(b3);
            a31 = d31.fma(d31, a31);
            FloatVector d32 = v2.sub(b3);
            a32 = d32.fma(d32, a32);
            FloatVector d33 = v3.sub(b3);
            a33 = d33.fma(d33, a33);
            FloatVector b4 = FloatVector.broadcast(SPECIES, queries[q + 4]);
            FloatVector d40 = v0.sub(b4);
            a40 = d40.fma(d40, a40);
            FloatVector d41 = v1.sub(b4);
            a41 = d41.fma(d41, a41);
            FloatVector d42 = v2.sub(b4);
            a42 = d42.fma(d42, a42);
            FloatVector d43 = v3.sub(b4);
            a43 = d43.fma(d43, a43);
            FloatVector b5 = FloatVector.broadcast(SPECIES, queries[q + 5]);
            FloatVector d50 = v0.sub(b5);
            a50 = d50.fma(d50, a50);
            FloatVector d51 = v1.sub(b5);
            a51 = d51.fma(d51, a51);
            FloatVector d52 = v2.sub(b5);
            a52 = d52.fma(d52, a52);
            FloatVector d53 = v3.sub(b5);
            a53 = d53.fma(d53, a53);
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
            FloatVector d00 = v0.sub(b0);
            a00 = d00.fma(d00, a00);
            FloatVector d01 = v1.sub(b0);
            a01 = d01.fma(d01, a01);
            FloatVector b1 = FloatVector.broadcast(SPECIES, queries[q + 1]);
            FloatVector d10 = v0.sub(b1);
            a10 = d10.fma(d10, a10);
            FloatVector d11 = v1.sub(b1);
            a11 = d11.fma(d11, a11);
            FloatVector b2 = FloatVector.broadcast(SPECIES, queries[q + 2]);
            FloatVector d20 = v0.sub(b2);
            a20 = d20.fma(d20, a20);
            FloatVector d21 = v1.sub(b2);
            a21 = d21.fma(d21, a21);
            FloatVector b3 = FloatVector.broadcast(SPECIES, queries[q + 3]);
            FloatVector d30 = v0.sub(b3);
            a30 = d30.fma(d30, a30);
            FloatVector d31 = v1.sub(b3);
            a31 = d31.fma(d31, a31);
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
            FloatVector d00 = v0.sub(b0);
            a00 = d00.fma(d00, a00);
            FloatVector d01 = v1.sub(b0);
            a01 = d01.fma(d01, a01);
            FloatVector d02 = v2.sub(b0);
            a02 = d02.fma(d02, a02);
            FloatVector d03 = v3.sub(b0);
            a03 = d03.fma(d03, a03);
        }
        a00.intoArray(distances, target);
        a01.intoArray(distances, target + LANES);
        a02.intoArray(distances, target + 2 * LANES);
        a03.intoArray(distances, target + 3 * LANES);
    }
}
