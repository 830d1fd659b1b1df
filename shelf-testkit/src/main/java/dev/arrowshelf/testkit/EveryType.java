package dev.arrowshelf.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/// Fields of every type that arrow-java has vectors for.
public final class EveryType {
    private EveryType() {}

    /// Returns types without children.
    public static List<ArrowType> plain() {
        List<ArrowType> types = new ArrayList<>();
        types.add(new ArrowType.Null());
        types.add(new ArrowType.Bool());
        for (int bits = 8; bits <= 64; bits *= 2) {
            types.add(new ArrowType.Int(bits, true));
            types.add(new ArrowType.Int(bits, false));
        }
        for (FloatingPointPrecision precision : FloatingPointPrecision.values()) {
            types.add(new ArrowType.FloatingPoint(precision));
        }
        types.add(new ArrowType.Decimal(38, 10, 128));
        types.add(new ArrowType.Decimal(70, 20, 256));
        for (DateUnit unit : DateUnit.values()) {
            types.add(new ArrowType.Date(unit));
        }
        for (TimeUnit unit : TimeUnit.values()) {
            boolean coarse = unit == TimeUnit.SECOND || unit == TimeUnit.MILLISECOND;
            types.add(new ArrowType.Time(unit, coarse ? 32 : 64));
            types.add(new ArrowType.Timestamp(unit, null));
            types.add(new ArrowType.Timestamp(unit, "Europe/Vienna"));
            types.add(new ArrowType.Duration(unit));
        }
        for (IntervalUnit unit : IntervalUnit.values()) {
            types.add(new ArrowType.Interval(unit));
        }
        types.add(new ArrowType.FixedSizeBinary(7));
        types.add(new ArrowType.Binary());
        types.add(new ArrowType.LargeBinary());
        types.add(new ArrowType.BinaryView());
        types.add(new ArrowType.Utf8());
        types.add(new ArrowType.LargeUtf8());
        types.add(new ArrowType.Utf8View());
        return types;
    }

    /// Returns a field for each type, those with children included; one has metadata, one an
    /// unknown extension type, two are dictionary-encoded.
    public static List<Field> fields() {
        List<Field> fields = new ArrayList<>();
        for (ArrowType type : plain()) {
            fields.add(Field.nullable("c" + fields.size() + "-" + type.getTypeID(), type));
        }
        Field text = Field.nullable("text", new ArrowType.Utf8());
        Field number = Field.nullable("number", new ArrowType.Int(64, true));
        Field required = Field.notNullable("required", new ArrowType.Int(32, true));
        fields.add(required);
        fields.add(nested("list", new ArrowType.List(), text));
        fields.add(nested("large-list", new ArrowType.LargeList(), number));
        fields.add(nested("list-view", new ArrowType.ListView(), number));
        fields.add(nested("large-list-view", new ArrowType.LargeListView(), number));
        fields.add(nested("fixed-list", new ArrowType.FixedSizeList(3), text));
        fields.add(nested("struct", new ArrowType.Struct(), text, number, required));
        fields.add(map("map", Field.notNullable("key", new ArrowType.Utf8()), number));
        fields.add(
                nested(
                        "deep",
                        new ArrowType.List(),
                        nested(
                                "item",
                                new ArrowType.Struct(),
                                nested("inner", new ArrowType.List(), text),
                                number)));
        fields.add(
                nested(
                        "sparse-union",
                        new ArrowType.Union(UnionMode.Sparse, new int[] {5, 9}),
                        number,
                        text));
        fields.add(
                nested(
                        "dense-union",
                        new ArrowType.Union(UnionMode.Dense, new int[] {0, 1}),
                        number,
                        text));
        for (int bits = 16; bits <= 64; bits *= 2) {
            Field ends = Field.notNullable("run_ends", new ArrowType.Int(bits, true));
            fields.add(
                    nested(
                            "runs" + bits,
                            new ArrowType.RunEndEncoded(),
                            ends,
                            Field.nullable("values", new ArrowType.Utf8())));
        }
        fields.add(
                new Field(
                        "with-metadata",
                        new FieldType(
                                true,
                                new ArrowType.Int(32, true),
                                null,
                                Map.of("unit", "mm", "empty", "")),
                        null));
        fields.add(
                new Field(
                        "unknown-extension",
                        new FieldType(
                                true,
                                new ArrowType.FixedSizeBinary(16),
                                null,
                                Map.of(
                                        "ARROW:extension:name",
                                        "test.unknown",
                                        "ARROW:extension:metadata",
                                        "x")),
                        null));
        fields.add(encoded("dictionary", 7, new ArrowType.Int(8, true), new ArrowType.Utf8()));
        fields.add(
                encoded(
                        "large-dictionary",
                        8,
                        new ArrowType.Int(32, true),
                        new ArrowType.Int(64, true)));
        return fields;
    }

    /// Returns a nullable field with children.
    public static Field nested(String name, ArrowType type, Field... children) {
        return new Field(name, FieldType.nullable(type), List.of(children));
    }

    /// Returns a map field.
    public static Field map(String name, Field key, Field value) {
        Field entries =
                new Field(
                        "entries",
                        FieldType.notNullable(new ArrowType.Struct()),
                        List.of(key, value));
        return new Field(name, FieldType.nullable(new ArrowType.Map(false)), List.of(entries));
    }

    /// Returns a dictionary-encoded field in message format: its type is that of the values.
    public static Field encoded(String name, long id, ArrowType.Int index, ArrowType values) {
        return new Field(
                name, new FieldType(true, values, new DictionaryEncoding(id, false, index)), null);
    }
}
