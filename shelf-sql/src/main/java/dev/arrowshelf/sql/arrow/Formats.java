package dev.arrowshelf.sql.arrow;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;

/// The format texts of the Arrow C data interface.
final class Formats {
    private Formats() {}

    static String of(ArrowType type) {
        return switch (type) {
            case ArrowType.ExtensionType extension -> of(extension.storageType());
            case ArrowType.Null _ -> "n";
            case ArrowType.Bool _ -> "b";
            case ArrowType.Int number -> integer(number);
            case ArrowType.FloatingPoint number ->
                    switch (number.getPrecision()) {
                        case HALF -> "e";
                        case SINGLE -> "f";
                        case DOUBLE -> "g";
                    };
            case ArrowType.Decimal number -> decimal(number);
            case ArrowType.Date date ->
                    switch (date.getUnit()) {
                        case DAY -> "tdD";
                        case MILLISECOND -> "tdm";
                    };
            case ArrowType.Time time -> "tt" + unit(time.getUnit());
            case ArrowType.Timestamp time ->
                    "ts"
                            + unit(time.getUnit())
                            + ":"
                            + (time.getTimezone() == null ? "" : time.getTimezone());
            case ArrowType.Duration duration -> "tD" + unit(duration.getUnit());
            case ArrowType.Interval interval ->
                    switch (interval.getUnit()) {
                        case YEAR_MONTH -> "tiM";
                        case DAY_TIME -> "tiD";
                        case MONTH_DAY_NANO -> "tin";
                    };
            case ArrowType.FixedSizeBinary bytes -> "w:" + bytes.getByteWidth();
            case ArrowType.Binary _ -> "z";
            case ArrowType.LargeBinary _ -> "Z";
            case ArrowType.BinaryView _ -> "vz";
            case ArrowType.Utf8 _ -> "u";
            case ArrowType.LargeUtf8 _ -> "U";
            case ArrowType.Utf8View _ -> "vu";
            case ArrowType.List _ -> "+l";
            case ArrowType.LargeList _ -> "+L";
            case ArrowType.ListView _ -> "+vl";
            case ArrowType.LargeListView _ -> "+vL";
            case ArrowType.FixedSizeList list -> "+w:" + list.getListSize();
            case ArrowType.Struct _ -> "+s";
            case ArrowType.Map _ -> "+m";
            case ArrowType.RunEndEncoded _ -> "+r";
            case ArrowType.Union union -> union(union);
            default -> throw new IllegalArgumentException("type has no format: type=" + type);
        };
    }

    private static String integer(ArrowType.Int number) {
        String signed =
                switch (number.getBitWidth()) {
                    case 8 -> "c";
                    case 16 -> "s";
                    case 32 -> "i";
                    default -> "l";
                };
        return number.getIsSigned() ? signed : signed.toUpperCase(Locale.ROOT);
    }

    private static String decimal(ArrowType.Decimal number) {
        String plain = "d:" + number.getPrecision() + "," + number.getScale();
        return number.getBitWidth() == 128 ? plain : plain + "," + number.getBitWidth();
    }

    private static String unit(TimeUnit unit) {
        return switch (unit) {
            case SECOND -> "s";
            case MILLISECOND -> "m";
            case MICROSECOND -> "u";
            case NANOSECOND -> "n";
        };
    }

    private static String union(ArrowType.Union union) {
        int[] ids = union.getTypeIds();
        String list =
                ids == null
                        ? ""
                        : Arrays.stream(ids)
                                .mapToObj(Integer::toString)
                                .collect(Collectors.joining(","));
        return (union.getMode() == UnionMode.Dense ? "+ud:" : "+us:") + list;
    }
}
