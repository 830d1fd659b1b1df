package dev.arrowshelf.sql.prune;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/// How values of a column become keys: numbers in the order of the values, where equal values have
/// equal keys. Different values may share one; so keys can rule rows out, never in.
public enum KeyKind {
    BYTE(1),
    SHORT(2),
    INT(4),
    LONG(8),
    UNSIGNED_BYTE(1),
    UNSIGNED_SHORT(2),
    UNSIGNED_INT(4),
    UNSIGNED_LONG(8),
    FLOAT(4),
    DOUBLE(8),
    DATE(4),
    TIMESTAMP_SECONDS(8),
    TIMESTAMP_MILLIS(8),
    TIMESTAMP_MICROS(8),
    TIMESTAMP_NANOS(8),
    TIMESTAMP_ZONED(8),
    /// The unscaled number of a decimal, as far as it fits 64 bits.
    DECIMAL(16),
    /// The first eight bytes of a text.
    TEXT(4),
    /// The same of a text with offsets of 64 bits.
    LARGE_TEXT(8),
    /// The box around a geometry, which is stored as well-known binary.
    GEOMETRY(4),
    /// The same with offsets of 64 bits.
    LARGE_GEOMETRY(8);

    private static final ValueLayout.OfShort SHORTS = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INTS = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONGS = ValueLayout.JAVA_LONG_UNALIGNED;

    private static final int DECIMAL_BITS = 128;

    private final int bytes;

    KeyKind(int bytes) {
        this.bytes = bytes;
    }

    /// Returns the kind of a column's keys; empty where it has none.
    public static Optional<KeyKind> of(Field field) {
        if (field.getDictionary() != null) {
            return Optional.empty();
        }
        return Optional.ofNullable(
                switch (field.getType()) {
                    case ArrowType.Int number -> integer(number);
                    case ArrowType.FloatingPoint number ->
                            number.getPrecision() == FloatingPointPrecision.SINGLE
                                    ? FLOAT
                                    : number.getPrecision() == FloatingPointPrecision.DOUBLE
                                            ? DOUBLE
                                            : null;
                    case ArrowType.Date date -> date.getUnit() == DateUnit.DAY ? DATE : null;
                    case ArrowType.Timestamp time -> timestamp(time);
                    case ArrowType.Decimal decimal ->
                            decimal.getBitWidth() == DECIMAL_BITS ? DECIMAL : null;
                    case ArrowType.Utf8 _ -> TEXT;
                    case ArrowType.LargeUtf8 _ -> LARGE_TEXT;
                    case ArrowType.Binary _ -> isGeometry(field) ? GEOMETRY : null;
                    case ArrowType.LargeBinary _ -> isGeometry(field) ? LARGE_GEOMETRY : null;
                    default -> null;
                });
    }

    /// Returns whether values can be compared.
    public boolean hasOrder() {
        return this != GEOMETRY && this != LARGE_GEOMETRY;
    }

    /// Returns whether values have a length of their own, told by offsets.
    public boolean isVariable() {
        return this == TEXT || this == LARGE_TEXT || !hasOrder();
    }

    /// Returns the bytes of a value, or of an offset.
    int bytes() {
        return bytes;
    }

    /// Returns the key of a fixed-width value.
    long key(MemorySegment values, long index) {
        return switch (this) {
            case BYTE -> values.get(ValueLayout.JAVA_BYTE, index);
            case SHORT -> values.get(SHORTS, 2 * index);
            case INT, DATE -> values.get(INTS, 4 * index);
            case LONG,
                    TIMESTAMP_SECONDS,
                    TIMESTAMP_MILLIS,
                    TIMESTAMP_MICROS,
                    TIMESTAMP_NANOS,
                    TIMESTAMP_ZONED ->
                    values.get(LONGS, 8 * index);
            case UNSIGNED_BYTE -> Byte.toUnsignedLong(values.get(ValueLayout.JAVA_BYTE, index));
            case UNSIGNED_SHORT -> Short.toUnsignedLong(values.get(SHORTS, 2 * index));
            case UNSIGNED_INT -> Integer.toUnsignedLong(values.get(INTS, 4 * index));
            case UNSIGNED_LONG -> values.get(LONGS, 8 * index) ^ Long.MIN_VALUE;
            case FLOAT -> ofDouble(values.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * index));
            case DOUBLE -> ofDouble(values.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * index));
            case DECIMAL ->
                    saturated(values.get(LONGS, 16 * index), values.get(LONGS, 16 * index + 8));
            case TEXT, LARGE_TEXT, GEOMETRY, LARGE_GEOMETRY ->
                    throw new IllegalStateException("no fixed width: kind=" + this);
        };
    }

    /// Returns the key of an unscaled number of 128 bits: the nearest that has 64.
    static long saturated(long low, long high) {
        if (high == low >> (Long.SIZE - 1)) {
            return low;
        }
        return high < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }

    /// Returns the key of a decimal in a column of a scale; null when the column cannot hold it.
    static @Nullable Long ofDecimal(BigDecimal value, int scale) {
        BigInteger unscaled;
        try {
            unscaled = value.setScale(scale, RoundingMode.UNNECESSARY).unscaledValue();
        } catch (ArithmeticException _) {
            return null;
        }
        if (unscaled.bitLength() < Long.SIZE) {
            return unscaled.longValue();
        }
        return unscaled.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }

    /// Returns the key of a number. NaN is the greatest, as it is in SQL; both zeros are one.
    static long ofDouble(double value) {
        long bits = Double.doubleToLongBits(value + 0.0);
        return bits ^ ((bits >> 63) & Long.MAX_VALUE);
    }

    /// Returns the key of a text: its first bytes, most significant first.
    static long ofText(MemorySegment text) {
        long key = 0;
        long length = Math.min(Long.BYTES, text.byteSize());
        for (int i = 0; i < Long.BYTES; i++) {
            int next = i < length ? Byte.toUnsignedInt(text.get(ValueLayout.JAVA_BYTE, i)) : 0;
            key = key << 8 | next;
        }
        return key ^ Long.MIN_VALUE;
    }

    static long ofText(String text) {
        return ofText(MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static boolean isGeometry(Field field) {
        return "geoarrow.wkb".equals(field.getMetadata().get("ARROW:extension:name"));
    }

    private static KeyKind integer(ArrowType.Int number) {
        return switch (number.getBitWidth()) {
            case 8 -> number.getIsSigned() ? BYTE : UNSIGNED_BYTE;
            case 16 -> number.getIsSigned() ? SHORT : UNSIGNED_SHORT;
            case 32 -> number.getIsSigned() ? INT : UNSIGNED_INT;
            default -> number.getIsSigned() ? LONG : UNSIGNED_LONG;
        };
    }

    private static @Nullable KeyKind timestamp(ArrowType.Timestamp time) {
        if (time.getTimezone() != null) {
            return time.getUnit() == TimeUnit.MICROSECOND ? TIMESTAMP_ZONED : null;
        }
        return switch (time.getUnit()) {
            case SECOND -> TIMESTAMP_SECONDS;
            case MILLISECOND -> TIMESTAMP_MILLIS;
            case MICROSECOND -> TIMESTAMP_MICROS;
            case NANOSECOND -> TIMESTAMP_NANOS;
        };
    }
}
