package dev.arrowshelf.vector.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Turns the codes of a panel's coordinate into floats, for the species of the kernel.
final class SimdCodes {
    private static final VectorSpecies<Float> FLOATS = SimdKernel.SPECIES;
    private static final int LANES = FLOATS.length();
    private static final long LANE_BYTES = (long) LANES * Float.BYTES;

    /// The smallest vector of bytes has eight lanes.
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(
                    byte.class,
                    VectorShape.forBitSize(Math.max(Long.SIZE, FLOATS.vectorBitSize() / 4)));

    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));
    private static final VectorSpecies<Integer> INTS =
            VectorSpecies.of(int.class, FLOATS.vectorShape());
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /* A half has five bits of exponent and ten of mantissa. Moved up by 13 bits they stand where those of a float do, with an exponent that is too small by
    127 - 15: that is a factor, right for subnormal ones as well. */
    private static final int MAGNITUDE = 0x7fff;
    private static final int SIGN = 0x8000_0000;
    private static final int MOVED = 13;
    private static final float FACTOR = 0x1p112f;

    private SimdCodes() {}

    static void bytes(
            MemorySegment codes,
            long offset,
            float base,
            float step,
            MemorySegment target,
            long targetOffset) {
        int parts = BYTES.length() / LANES;
        for (int point = 0; point < Kernel.PANEL_POINTS; point += BYTES.length()) {
            ByteVector some = ByteVector.fromMemorySegment(BYTES, codes, offset + point, ORDER);
            for (int part = 0; part < parts; part++) {
                FloatVector values =
                        (FloatVector) some.convertShape(VectorOperators.B2F, FLOATS, part);
                values.mul(step)
                        .add(base)
                        .intoMemorySegment(
                                target,
                                targetOffset + (long) (point + part * LANES) * Float.BYTES,
                                ORDER);
            }
        }
    }

    static void halves(
            MemorySegment codes,
            long offset,
            float base,
            float step,
            MemorySegment target,
            long targetOffset) {
        long place = targetOffset;
        for (int point = 0; point < Kernel.PANEL_POINTS; point += LANES) {
            IntVector bits =
                    (IntVector)
                            ShortVector.fromMemorySegment(
                                            SHORTS,
                                            codes,
                                            offset + (long) point * Short.BYTES,
                                            ORDER)
                                    .convertShape(VectorOperators.S2I, INTS, 0);
            IntVector magnitude =
                    bits.and(MAGNITUDE)
                            .lanewise(VectorOperators.LSHL, MOVED)
                            .reinterpretAsFloats()
                            .mul(FACTOR)
                            .reinterpretAsInts();
            magnitude
                    .or(bits.and(SIGN))
                    .reinterpretAsFloats()
                    .mul(step)
                    .add(base)
                    .intoMemorySegment(target, place, ORDER);
            place += LANE_BYTES;
        }
    }
}
