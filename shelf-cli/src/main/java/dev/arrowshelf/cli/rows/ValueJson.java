package dev.arrowshelf.cli.rows;

import dev.arrowshelf.cli.text.JsonText;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.jspecify.annotations.Nullable;

/// One value of any vector as JSON: numbers and truth as such, lists as arrays, structs as objects,
/// bytes as hexadecimal text, times as ISO text; what is dictionary-encoded as the value behind the
/// index. For one thread, like the vectors.
final class ValueJson {
    private final DictionaryProvider dictionaries;

    ValueJson(DictionaryProvider dictionaries) {
        this.dictionaries = dictionaries;
    }

    /// Writes the value of one row.
    void write(ValueVector vector, int row, JsonText json) {
        DictionaryEncoding encoding = vector.getField().getDictionary();
        Dictionary dictionary = encoding == null ? null : dictionaries.lookup(encoding.getId());
        if (vector.isNull(row)) {
            json.nullValue();
        } else if (dictionary != null) {
            write(dictionary.getVector(), Math.toIntExact(unsigned(vector, row)), json);
        } else {
            writePresent(vector, row, json);
        }
    }

    private void writePresent(ValueVector vector, int row, JsonText json) {
        switch (vector) {
            case MapVector map -> writeMap(map, row, json);
            case ListVector list ->
                    writeElements(
                            list.getDataVector(),
                            list.getElementStartIndex(row),
                            list.getElementEndIndex(row),
                            json);
            case LargeListVector list ->
                    writeElements(
                            list.getDataVector(),
                            list.getElementStartIndex(row),
                            list.getElementEndIndex(row),
                            json);
            case FixedSizeListVector list -> {
                long size = list.getListSize();
                writeElements(list.getDataVector(), row * size, (row + 1) * size, json);
            }
            case StructVector struct -> {
                json.beginObject();
                for (FieldVector child : struct.getChildrenFromFields()) {
                    json.name(child.getName());
                    write(child, row, json);
                }
                json.endObject();
            }
            case UInt1Vector _, UInt2Vector _, UInt4Vector _ -> json.value(unsigned(vector, row));
            case TimeStampVector stamps ->
                    json.value(Moments.text(vector.getField().getType(), stamps.get(row)));
            case TimeMilliVector times ->
                    json.value(Moments.text(vector.getField().getType(), times.get(row)));
            case UInt8Vector large -> json.raw(Long.toUnsignedString(large.get(row)));
            // Where the validity lies in a child (unions, run ends) a null shows only here.
            default -> writeNullable(vector.getField().getType(), vector.getObject(row), json);
        }
    }

    private void writeElements(ValueVector elements, long from, long to, JsonText json) {
        json.beginArray();
        for (long index = from; index < to; index++) {
            write(elements, Math.toIntExact(index), json);
        }
        json.endArray();
    }

    private void writeMap(MapVector map, int row, JsonText json) {
        StructVector entries = (StructVector) map.getDataVector();
        FieldVector keys = entries.getChildrenFromFields().getFirst();
        FieldVector values = entries.getChildrenFromFields().getLast();
        json.beginArray();
        for (int index = map.getElementStartIndex(row);
                index < map.getElementEndIndex(row);
                index++) {
            json.beginArray();
            write(keys, index, json);
            write(values, index, json);
            json.endArray();
        }
        json.endArray();
    }

    private static void writeObject(ArrowType type, Object value, JsonText json) {
        switch (value) {
            case Boolean truth -> json.value(truth);
            case Float number -> json.raw(Float.isFinite(number) ? number.toString() : "null");
            case Double number -> json.value(number);
            case BigDecimal number -> json.raw(number.toPlainString());
            case Short number when type instanceof ArrowType.FloatingPoint ->
                    json.value(Float.float16ToFloat(number));
            case Integer days when type instanceof ArrowType.Date ->
                    json.value(LocalDate.ofEpochDay(days).toString());
            case Number number when type instanceof ArrowType.Time ->
                    json.value(Moments.text(type, number.longValue()));
            case Number number -> json.raw(number.toString());
            case byte[] bytes -> json.value(HexFormat.of().formatHex(bytes));
            case List<?> elements -> {
                json.beginArray();
                elements.forEach(element -> writeNullable(ArrowType.Null.INSTANCE, element, json));
                json.endArray();
            }
            case Map<?, ?> fields -> {
                json.beginObject();
                fields.forEach((name, field) ->
                        writeNullable(
                                ArrowType.Null.INSTANCE, field, json.name(String.valueOf(name))));
                json.endObject();
            }
            case Duration span -> json.value(span.toString());
            default -> json.value(value.toString());
        }
    }

    private static void writeNullable(ArrowType type, @Nullable Object value, JsonText json) {
        if (value == null) {
            json.nullValue();
        } else {
            writeObject(type, value, json);
        }
    }

    private static long unsigned(ValueVector vector, int row) {
        return switch (vector) {
            case UInt1Vector one -> Byte.toUnsignedLong(one.get(row));
            case UInt2Vector two -> two.get(row);
            case UInt4Vector four -> Integer.toUnsignedLong(four.get(row));
            default -> ((Number) vector.getObject(row)).longValue();
        };
    }
}
