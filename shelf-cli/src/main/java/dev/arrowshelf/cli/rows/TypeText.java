package dev.arrowshelf.cli.rows;

import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/// The name of a field's type as Arrow's own documents write it: `int64`, `timestamp[us, UTC]`,
/// `list<utf8>`, `dictionary<int8, utf8>`.
final class TypeText {
    private TypeText() {}

    static String of(Field field) {
        String type = plain(field);
        if (field.getDictionary() == null) {
            return type;
        }
        return "dictionary<" + integer(field.getDictionary().getIndexType()) + ", " + type + ">";
    }

    private static String plain(Field field) {
        return switch (field.getType()) {
            case ArrowType.Int number -> integer(number);
            case ArrowType.FloatingPoint number -> "float" + bits(number.getPrecision());
            case ArrowType.Decimal number ->
                    "decimal"
                            + number.getBitWidth()
                            + "("
                            + number.getPrecision()
                            + ", "
                            + number.getScale()
                            + ")";
            case ArrowType.Date date -> date.getUnit() == DateUnit.DAY ? "date32" : "date64";
            case ArrowType.Time time ->
                    "time" + time.getBitWidth() + "[" + unit(time.getUnit()) + "]";
            case ArrowType.Timestamp moment ->
                    "timestamp["
                            + unit(moment.getUnit())
                            + (moment.getTimezone() == null
                                    ? "]"
                                    : ", " + moment.getTimezone() + "]");
            case ArrowType.Duration span -> "duration[" + unit(span.getUnit()) + "]";
            case ArrowType.Interval interval -> "interval[" + lower(interval.getUnit()) + "]";
            case ArrowType.FixedSizeBinary binary ->
                    "fixed_size_binary[" + binary.getByteWidth() + "]";
            case ArrowType.FixedSizeList list ->
                    "fixed_size_list<" + children(field) + ">[" + list.getListSize() + "]";
            case ArrowType.List _ -> "list<" + children(field) + ">";
            case ArrowType.LargeList _ -> "large_list<" + children(field) + ">";
            case ArrowType.ListView _ -> "list_view<" + children(field) + ">";
            case ArrowType.LargeListView _ -> "large_list_view<" + children(field) + ">";
            case ArrowType.RunEndEncoded _ -> "run_end_encoded<" + children(field) + ">";
            case ArrowType.Map _ -> "map<" + children(field.getChildren().getFirst()) + ">";
            case ArrowType.Struct _ -> "struct<" + children(field) + ">";
            case ArrowType.Union union ->
                    lower(union.getMode()) + "_union<" + children(field) + ">";
            case ArrowType.Utf8View _ -> "utf8_view";
            case ArrowType.BinaryView _ -> "binary_view";
            case ArrowType.LargeUtf8 _ -> "large_utf8";
            case ArrowType.LargeBinary _ -> "large_binary";
            default -> lower(field.getType());
        };
    }

    private static String children(Field field) {
        return field.getChildren().stream().map(TypeText::of).collect(Collectors.joining(", "));
    }

    private static String integer(ArrowType.Int type) {
        return (type.getIsSigned() ? "int" : "uint") + type.getBitWidth();
    }

    private static int bits(FloatingPointPrecision precision) {
        return switch (precision) {
            case HALF -> 16;
            case SINGLE -> 32;
            case DOUBLE -> 64;
        };
    }

    private static String unit(TimeUnit unit) {
        return switch (unit) {
            case SECOND -> "s";
            case MILLISECOND -> "ms";
            case MICROSECOND -> "us";
            case NANOSECOND -> "ns";
        };
    }

    private static String lower(Object name) {
        return name.toString().toLowerCase(Locale.ROOT);
    }
}
