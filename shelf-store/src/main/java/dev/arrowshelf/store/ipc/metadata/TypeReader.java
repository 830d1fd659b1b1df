package dev.arrowshelf.store.ipc.metadata;

import dev.arrowshelf.store.model.ShelfException;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.flatbuf.Precision;
import org.apache.arrow.flatbuf.TimeUnit;
import org.apache.arrow.flatbuf.Type;
import org.apache.arrow.flatbuf.UnionMode;

/// Reads the type of a field: what the parameters of each type of Schema.fbs mean for its buffers,
/// and whether they make sense.
final class TypeReader {
    static final byte[] NO_UNION = {};

    private static final int OFFSET = Integer.BYTES;
    private static final int LARGE_OFFSET = Long.BYTES;
    private static final int MAX_UNION_CHILDREN = 128;

    private final MetadataBytes bytes;

    TypeReader(MetadataBytes bytes) {
        this.bytes = bytes;
    }

    /// Reads one type.
    ///
    /// @param typeId which table of the union `Type` it is
    /// @param type position of that table
    /// @param firstChild table of the field's first child, 0 without children
    FieldLayout read(
            FieldName name, int typeId, int type, List<FieldLayout> children, int firstChild) {
        if (type == 0) {
            throw IpcFault.invalid(
                    "field has no type: column=" + name.path() + ", typeId=" + typeId);
        }
        requireChildren(name, typeId, children.size());
        return switch (typeId) {
            case Type.Null -> of(name, FieldShape.NULL, 0, false, children);
            case Type.Bool -> of(name, FieldShape.FIXED, 1, false, children);
            case Type.Int -> fixed(name, integerBits(name, type));
            case Type.FloatingPoint -> fixed(name, floatBits(name, type));
            case Type.Decimal -> fixed(name, decimalBits(name, type));
            case Type.Date ->
                    fixed(
                            name,
                            oneOf(name, "date unit", bytes.shortOf(type, 0, 1), 2) == 0 ? 32 : 64);
            case Type.Time -> fixed(name, timeBits(name, type));
            case Type.Timestamp -> fixed(name, timestampBits(name, type));
            case Type.Duration -> fixed(name, durationBits(name, type));
            case Type.Interval -> fixed(name, intervalBits(name, type));
            case Type.FixedSizeBinary -> fixed(name, binaryBits(name, type));
            case Type.Binary -> of(name, FieldShape.VARIABLE, OFFSET, false, children);
            case Type.Utf8 -> of(name, FieldShape.VARIABLE, OFFSET, true, children);
            case Type.LargeBinary -> of(name, FieldShape.VARIABLE, LARGE_OFFSET, false, children);
            case Type.LargeUtf8 -> of(name, FieldShape.VARIABLE, LARGE_OFFSET, true, children);
            case Type.BinaryView -> of(name, FieldShape.VIEW, 0, false, children);
            case Type.Utf8View -> of(name, FieldShape.VIEW, 0, true, children);
            case Type.List -> of(name, FieldShape.LIST, OFFSET, false, children);
            case Type.LargeList -> of(name, FieldShape.LIST, LARGE_OFFSET, false, children);
            case Type.ListView -> of(name, FieldShape.LIST_VIEW, OFFSET, false, children);
            case Type.LargeListView ->
                    of(name, FieldShape.LIST_VIEW, LARGE_OFFSET, false, children);
            case Type.FixedSizeList ->
                    of(name, FieldShape.FIXED_LIST, listSize(name, type), false, children);
            case Type.Map -> map(name, children, firstChild);
            case Type.Struct_ -> of(name, FieldShape.STRUCT, 0, false, children);
            case Type.Union -> union(name, type, children);
            case Type.RunEndEncoded -> runEnds(name, children, firstChild);
            case Type.NONE -> throw invalid("field has no type", name, "typeId", typeId);
            default ->
                    throw IpcFault.unsupported(
                            "type is not known: column=" + name.path() + ", typeId=" + typeId);
        };
    }

    /// Returns the bits of a table `Int`.
    int integerBits(FieldName name, int type) {
        int bits = bytes.intOf(type, 0, 0);
        bytes.byteOf(type, 1, 0);
        return switch (bits) {
            case 8, 16, 32, 64 -> bits;
            default -> throw invalid("integer has an impossible width", name, "bits", bits);
        };
    }

    /// Returns whether a table `Int` means signed numbers.
    boolean isSigned(int type) {
        return bytes.byteOf(type, 1, 0) != 0;
    }

    private int floatBits(FieldName name, int type) {
        int precision = oneOf(name, "float precision", bytes.shortOf(type, 0, 0), 3);
        return switch (precision) {
            case Precision.HALF -> 16;
            case Precision.SINGLE -> 32;
            default -> 64;
        };
    }

    private int decimalBits(FieldName name, int type) {
        int bits = bytes.intOf(type, 2, 128);
        int digits =
                switch (bits) {
                    case 32 -> 9;
                    case 64 -> 18;
                    case 128 -> 38;
                    case 256 -> 76;
                    default -> throw invalid("decimal has an impossible width", name, "bits", bits);
                };
        int precision = bytes.intOf(type, 0, 0);
        if (precision < 1 || precision > digits) {
            throw invalid(
                    "decimal has an impossible precision for its bits=" + bits,
                    name,
                    "precision",
                    precision);
        }
        bytes.intOf(type, 1, 0);
        return bits;
    }

    private int timeBits(FieldName name, int type) {
        int unit = oneOf(name, "time unit", bytes.shortOf(type, 0, TimeUnit.MILLISECOND), 4);
        int bits = bytes.intOf(type, 1, 32);
        int expected = unit == TimeUnit.SECOND || unit == TimeUnit.MILLISECOND ? 32 : 64;
        if (bits != expected) {
            throw invalid("time has the wrong width for its unit=" + unit, name, "bits", bits);
        }
        return bits;
    }

    private int timestampBits(FieldName name, int type) {
        oneOf(name, "timestamp unit", bytes.shortOf(type, 0, TimeUnit.SECOND), 4);
        bytes.text(type, 1);
        return 64;
    }

    private int durationBits(FieldName name, int type) {
        oneOf(name, "duration unit", bytes.shortOf(type, 0, TimeUnit.MILLISECOND), 4);
        return 64;
    }

    private int intervalBits(FieldName name, int type) {
        return switch (oneOf(name, "interval unit", bytes.shortOf(type, 0, 0), 3)) {
            case 0 -> 32;
            case 1 -> 64;
            default -> 128;
        };
    }

    private int binaryBits(FieldName name, int type) {
        int width = bytes.intOf(type, 0, 0);
        if (width < 0 || width > Integer.MAX_VALUE / 8) {
            throw invalid("fixed-size binary has an impossible width", name, "bytes", width);
        }
        return 8 * width;
    }

    private int listSize(FieldName name, int type) {
        int size = bytes.intOf(type, 0, 0);
        if (size < 0) {
            throw invalid("fixed-size list has a negative size", name, "size", size);
        }
        return size;
    }

    private FieldLayout map(FieldName name, List<FieldLayout> children, int firstChild) {
        FieldLayout entries = children.getFirst();
        if (entries.shape() != FieldShape.STRUCT || entries.children().size() != 2) {
            throw invalid("map does not hold pairs", name, "children", entries.children().size());
        }
        int pair = bytes.vector(firstChild, FieldReader.CHILDREN, Integer.BYTES);
        requireNotNullable(name, "entries", firstChild);
        requireNotNullable(name, "keys", bytes.tableIn(pair, 0));
        return of(name, FieldShape.MAP, OFFSET, false, children);
    }

    private void requireNotNullable(FieldName name, String what, int field) {
        if (bytes.byteOf(field, FieldReader.NULLABLE, 0) != 0) {
            throw IpcFault.invalid("map has nullable " + what + ": column=" + name.path());
        }
    }

    private FieldLayout runEnds(FieldName name, List<FieldLayout> children, int firstChild) {
        FieldLayout ends = children.getFirst();
        boolean integers =
                ends.shape() == FieldShape.FIXED
                        && bytes.byteOf(firstChild, FieldReader.TYPE_ID, 0) == Type.Int
                        && isSigned(bytes.child(firstChild, FieldReader.TYPE));
        if (!integers || ends.width() < Short.SIZE) {
            throw invalid(
                    "run ends are no signed integers of 16 to 64 bits", name, "bits", ends.width());
        }
        return of(name, FieldShape.RUN_ENDS, 0, false, children);
    }

    private FieldLayout union(FieldName name, int type, List<FieldLayout> children) {
        int mode = oneOf(name, "union mode", bytes.shortOf(type, 0, UnionMode.Sparse), 2);
        int vector = bytes.vector(type, 1, Integer.BYTES);
        int count = vector == 0 ? children.size() : bytes.count(vector);
        if (count != children.size() || count > MAX_UNION_CHILDREN) {
            throw invalid(
                    "union has another number of type ids than children=" + children.size(),
                    name,
                    "ids",
                    count);
        }
        byte[] childOfId = new byte[MAX_UNION_CHILDREN];
        Arrays.fill(childOfId, (byte) -1);
        for (int i = 0; i < count; i++) {
            int id = vector == 0 ? i : bytes.intAt(vector + 4 + 4 * i);
            if (id < 0 || id >= MAX_UNION_CHILDREN || childOfId[id] != -1) {
                throw invalid("union has an impossible type id", name, "id", id);
            }
            childOfId[id] = (byte) i;
        }
        FieldShape shape =
                mode == UnionMode.Sparse ? FieldShape.SPARSE_UNION : FieldShape.DENSE_UNION;
        return new FieldLayout(name, shape, 0, -1, false, childOfId, children);
    }

    private static void requireChildren(FieldName name, int typeId, int children) {
        int required =
                switch (typeId) {
                    case Type.List,
                            Type.LargeList,
                            Type.ListView,
                            Type.LargeListView,
                            Type.FixedSizeList,
                            Type.Map ->
                            1;
                    case Type.RunEndEncoded -> 2;
                    case Type.Struct_, Type.Union -> children;
                    default -> 0;
                };
        if (children != required) {
            throw invalid(
                    "type has a wrong number of children, required=" + required,
                    name,
                    "children",
                    children);
        }
    }

    private static int oneOf(FieldName name, String what, int value, int count) {
        if (value < 0 || value >= count) {
            throw invalid(what + " is not known", name, "value", value);
        }
        return value;
    }

    private static FieldLayout fixed(FieldName name, int bits) {
        return of(name, FieldShape.FIXED, bits, false, List.of());
    }

    private static FieldLayout of(
            FieldName name, FieldShape shape, int width, boolean text, List<FieldLayout> children) {
        return new FieldLayout(name, shape, width, -1, text, NO_UNION, children);
    }

    private static ShelfException invalid(String fact, FieldName name, String what, int value) {
        return IpcFault.invalid(fact + ": column=" + name.path() + ", " + what + "=" + value);
    }
}
