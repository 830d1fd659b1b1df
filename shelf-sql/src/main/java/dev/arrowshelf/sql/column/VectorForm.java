package dev.arrowshelf.sql.column;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/// How the values of a column become those of a flat vector of DuckDB. Columns of other types have
/// none: DuckDB's importer reads them.
public enum VectorForm {
    /// One byte, the same in both.
    ONE(1),
    /// Two bytes, the same in both.
    TWO(2),
    /// Four bytes, the same in both.
    FOUR(4),
    /// Eight bytes, the same in both.
    EIGHT(8),
    /// Sixteen bytes, the same in both.
    SIXTEEN(16),
    /// A bit that becomes a byte.
    TRUTH(1),
    /// A decimal of 128 bits that becomes one of 16.
    DECIMAL_TWO(2),
    /// A decimal of 128 bits that becomes one of 32.
    DECIMAL_FOUR(4),
    /// A decimal of 128 bits that becomes one of 64.
    DECIMAL_EIGHT(8),
    /// Text or binary that becomes a length with the bytes or with their address.
    TEXT(16),
    /// The same with offsets of 64 bits.
    LARGE_TEXT(16);

    private static final String EXTENSION = "ARROW:extension:name";
    private static final int WIDEST_DECIMAL_BITS = 128;
    private static final int DECIMAL_TWO_DIGITS = 4;
    private static final int DECIMAL_FOUR_DIGITS = 9;
    private static final int DECIMAL_EIGHT_DIGITS = 18;

    private final int bytes;

    VectorForm(int bytes) {
        this.bytes = bytes;
    }

    /// Returns the form of a column's values; empty where DuckDB has to read them itself.
    public static Optional<VectorForm> of(Field field) {
        if (field.getDictionary() != null || field.getMetadata().containsKey(EXTENSION)) {
            return Optional.empty();
        }
        return Optional.ofNullable(of(field.getType()));
    }

    private static @Nullable VectorForm of(ArrowType type) {
        return switch (type) {
            case ArrowType.Int number -> ofBytes(number.getBitWidth() / Byte.SIZE);
            case ArrowType.FloatingPoint number ->
                    switch (number.getPrecision()) {
                        case HALF -> null;
                        case SINGLE -> FOUR;
                        case DOUBLE -> EIGHT;
                    };
            case ArrowType.Bool _ -> TRUTH;
            case ArrowType.Date date -> date.getUnit() == DateUnit.DAY ? FOUR : null;
            case ArrowType.Timestamp time ->
                    time.getTimezone() == null || time.getUnit() == TimeUnit.MICROSECOND
                            ? EIGHT
                            : null;
            case ArrowType.Decimal number ->
                    number.getBitWidth() == WIDEST_DECIMAL_BITS
                            ? ofDigits(number.getPrecision())
                            : null;
            case ArrowType.Utf8 _, ArrowType.Binary _ -> TEXT;
            case ArrowType.LargeUtf8 _, ArrowType.LargeBinary _ -> LARGE_TEXT;
            default -> null;
        };
    }

    private static VectorForm ofBytes(int bytes) {
        return switch (bytes) {
            case 1 -> ONE;
            case 2 -> TWO;
            case 4 -> FOUR;
            default -> EIGHT;
        };
    }

    private static VectorForm ofDigits(int digits) {
        if (digits <= DECIMAL_TWO_DIGITS) {
            return DECIMAL_TWO;
        }
        if (digits <= DECIMAL_FOUR_DIGITS) {
            return DECIMAL_FOUR;
        }
        return digits <= DECIMAL_EIGHT_DIGITS ? DECIMAL_EIGHT : SIXTEEN;
    }

    /// Returns whether the values are decimals that become narrower ones.
    public boolean isNarrowed() {
        return switch (this) {
            case DECIMAL_TWO, DECIMAL_FOUR, DECIMAL_EIGHT -> true;
            case ONE, TWO, FOUR, EIGHT, SIXTEEN, TRUTH, TEXT, LARGE_TEXT -> false;
        };
    }

    /// Returns whether the values have bytes behind offsets.
    public boolean isVariable() {
        return this == TEXT || this == LARGE_TEXT;
    }

    /// Returns the bytes of a value in a vector.
    public int bytes() {
        return bytes;
    }

    /// Writes the values of chosen rows. What stands in rows that are null means nothing.
    ///
    /// @param target as many values as are written
    public void gather(ColumnRows column, int[] rows, int begin, int count, MemorySegment target) {
        switch (this) {
            case ONE -> FixedValues.ones(column.values(), rows, begin, count, target);
            case TWO -> FixedValues.twos(column.values(), rows, begin, count, target);
            case FOUR -> FixedValues.fours(column.values(), rows, begin, count, target);
            case EIGHT -> FixedValues.eights(column.values(), rows, begin, count, target);
            case SIXTEEN -> FixedValues.sixteens(column.values(), rows, begin, count, target);
            case TRUTH -> FixedValues.truths(column.values(), rows, begin, count, target);
            case DECIMAL_TWO, DECIMAL_FOUR, DECIMAL_EIGHT ->
                    Decimals.gather(column, rows, begin, count, bytes, target);
            case TEXT -> Texts.gather(column, rows, begin, count, target);
            case LARGE_TEXT -> Texts.gatherLarge(column, rows, begin, count, target);
        }
    }

    /// Writes the values of consecutive rows. Only for decimals that become narrower ones.
    ///
    /// @param target as many values as are written
    public void narrow(ColumnRows column, long from, int count, MemorySegment target) {
        Decimals.narrow(column, from, count, bytes, target);
    }
}
