package dev.arrowshelf.vector.points;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.apache.arrow.vector.types.pojo.ArrowType;

/// The number types that coordinates may have in a table.
enum ElementType {
    FLOAT16(2, true),
    FLOAT32(4, true),
    FLOAT64(8, false),
    INT8(1, true),
    INT16(2, true),
    INT32(4, false),
    INT64(8, false),
    UINT8(1, true),
    UINT16(2, true),
    UINT32(4, false);

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int bytes;
    private final boolean fitsFloat;

    ElementType(int bytes, boolean fitsFloat) {
        this.bytes = bytes;
        this.fitsFloat = fitsFloat;
    }

    int bytes() {
        return bytes;
    }

    /// Returns whether every value is a float32 exactly.
    boolean fitsFloat() {
        return fitsFloat;
    }

    /// Returns the type of a column's numbers. Error: `INVALID_ARGUMENT` naming the column.
    static ElementType of(ArrowType type, String column) {
        return switch (type) {
            case ArrowType.FloatingPoint floating ->
                    switch (floating.getPrecision()) {
                        case HALF -> FLOAT16;
                        case SINGLE -> FLOAT32;
                        case DOUBLE -> FLOAT64;
                    };
            case ArrowType.Int whole when whole.getIsSigned() ->
                    switch (whole.getBitWidth()) {
                        case 8 -> INT8;
                        case 16 -> INT16;
                        case 32 -> INT32;
                        default -> INT64;
                    };
            case ArrowType.Int whole when whole.getBitWidth() < 64 ->
                    switch (whole.getBitWidth()) {
                        case 8 -> UINT8;
                        case 16 -> UINT16;
                        default -> UINT32;
                    };
            default ->
                    throw new ShelfException(
                            ErrorCode.INVALID_ARGUMENT,
                            "column holds no coordinates: column=" + column + ", type=" + type);
        };
    }

    /// Reads one value.
    double get(MemorySegment values, long index) {
        return switch (this) {
            case FLOAT16 -> Float.float16ToFloat(values.get(SHORT, 2 * index));
            case FLOAT32 -> values.get(FLOAT, 4 * index);
            case FLOAT64 -> values.get(DOUBLE, 8 * index);
            case INT8 -> values.get(ValueLayout.JAVA_BYTE, index);
            case INT16 -> values.get(SHORT, 2 * index);
            case INT32 -> values.get(INT, 4 * index);
            case INT64 -> values.get(LONG, 8 * index);
            case UINT8 -> Byte.toUnsignedInt(values.get(ValueLayout.JAVA_BYTE, index));
            case UINT16 -> Short.toUnsignedInt(values.get(SHORT, 2 * index));
            case UINT32 -> Integer.toUnsignedLong(values.get(INT, 4 * index));
        };
    }

    /// Reads values one after the other into places that lie `stride` apart.
    void read(MemorySegment values, long index, int count, double[] target, int at, int stride) {
        switch (this) {
            case FLOAT32 -> {
                for (int i = 0; i < count; i++) {
                    target[at + i * stride] = values.get(FLOAT, 4 * (index + i));
                }
            }
            case FLOAT64 -> {
                for (int i = 0; i < count; i++) {
                    target[at + i * stride] = values.get(DOUBLE, 8 * (index + i));
                }
            }
            case FLOAT16, INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32 -> {
                for (int i = 0; i < count; i++) {
                    target[at + i * stride] = get(values, index + i);
                }
            }
        }
    }

    /// The same into float32, for types that fit.
    void readFloats(
            MemorySegment values, long index, int count, float[] target, int at, int stride) {
        if (this == FLOAT32 && stride == 1) {
            MemorySegment.copy(values, FLOAT, 4 * index, target, at, count);
        } else if (this == FLOAT32) {
            for (int i = 0; i < count; i++) {
                target[at + i * stride] = values.get(FLOAT, 4 * (index + i));
            }
        } else {
            for (int i = 0; i < count; i++) {
                target[at + i * stride] = (float) get(values, index + i);
            }
        }
    }
}
