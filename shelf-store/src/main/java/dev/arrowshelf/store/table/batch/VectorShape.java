package dev.arrowshelf.store.table.batch;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/// How the values of a field lie in the buffers of a record batch: enough to find, skip and cut
/// them without vectors. Immutable.
///
/// @param layout which buffers there are
/// @param width bytes of a fixed-width value, of an offset, or values of a fixed-size list; 0 where
///   the layout needs none
/// @param typeIds for unions, the type id of each child
/// @param children shapes of the children, in order
public record VectorShape(
        Layout layout, int width, List<Integer> typeIds, List<VectorShape> children) {
    /// What buffers a vector has.
    public enum Layout {
        /// None at all.
        NULL(0, false),
        /// Validity, one bit a value.
        BITS(2, true),
        /// Validity, values of `width` bytes.
        FIXED(2, true),
        /// Validity, offsets of `width` bytes, bytes.
        VARIABLE(3, true),
        /// Validity, 16-byte views, and as many data buffers as the batch says.
        VIEW(2, true),
        /// Validity, offsets of `width` bytes into the child.
        LIST(2, true),
        /// Validity, offsets and sizes of `width` bytes into the child.
        LIST_VIEW(3, true),
        /// Validity; `width` values of the child each.
        FIXED_LIST(1, true),
        /// Validity; one value of each child.
        STRUCT(1, true),
        /// Type ids; one value of each child.
        SPARSE_UNION(1, false),
        /// Type ids, 4-byte offsets into the child that the type id names.
        DENSE_UNION(2, false),
        /// None; run ends and values are children.
        RUN_END(0, false);

        private final int buffers;
        private final boolean validity;

        Layout(int buffers, boolean validity) {
            this.buffers = buffers;
            this.validity = validity;
        }

        /// Returns the number of buffers, data buffers of views not counted.
        public int buffers() {
            return buffers;
        }

        /// Returns whether the first buffer is a validity bitmap.
        public boolean hasValidity() {
            return validity;
        }
    }

    /// Copies the lists.
    public VectorShape {
        typeIds = List.copyOf(typeIds);
        children = List.copyOf(children);
    }

    /// Returns the shape of a field's vectors: those of a dictionary-encoded field hold its
    /// indices.
    public static VectorShape of(Field field) {
        if (field.getDictionary() != null) {
            return of(field.getDictionary().getIndexType(), List.of());
        }
        List<VectorShape> children = field.getChildren().stream().map(VectorShape::of).toList();
        return of(field.getType(), children);
    }

    private static VectorShape of(ArrowType type, List<VectorShape> children) {
        return switch (type) {
            case ArrowType.ExtensionType extension -> of(extension.storageType(), children);
            case ArrowType.Null _ -> plain(Layout.NULL, 0, children);
            case ArrowType.Bool _ -> plain(Layout.BITS, 0, children);
            case ArrowType.Int number -> plain(Layout.FIXED, number.getBitWidth() / 8, children);
            case ArrowType.FloatingPoint number ->
                    plain(Layout.FIXED, bytesOf(number.getPrecision()), children);
            case ArrowType.Decimal number ->
                    plain(Layout.FIXED, number.getBitWidth() / 8, children);
            case ArrowType.Time time -> plain(Layout.FIXED, time.getBitWidth() / 8, children);
            case ArrowType.Timestamp _ -> plain(Layout.FIXED, 8, children);
            case ArrowType.Duration _ -> plain(Layout.FIXED, 8, children);
            case ArrowType.Date date ->
                    switch (date.getUnit()) {
                        case DAY -> plain(Layout.FIXED, 4, children);
                        case MILLISECOND -> plain(Layout.FIXED, 8, children);
                    };
            case ArrowType.Interval interval ->
                    switch (interval.getUnit()) {
                        case YEAR_MONTH -> plain(Layout.FIXED, 4, children);
                        case DAY_TIME -> plain(Layout.FIXED, 8, children);
                        case MONTH_DAY_NANO -> plain(Layout.FIXED, 16, children);
                    };
            case ArrowType.FixedSizeBinary binary ->
                    plain(Layout.FIXED, binary.getByteWidth(), children);
            case ArrowType.Utf8 _ -> plain(Layout.VARIABLE, 4, children);
            case ArrowType.Binary _ -> plain(Layout.VARIABLE, 4, children);
            case ArrowType.LargeUtf8 _ -> plain(Layout.VARIABLE, 8, children);
            case ArrowType.LargeBinary _ -> plain(Layout.VARIABLE, 8, children);
            case ArrowType.Utf8View _ -> plain(Layout.VIEW, 16, children);
            case ArrowType.BinaryView _ -> plain(Layout.VIEW, 16, children);
            case ArrowType.List _ -> plain(Layout.LIST, 4, children);
            case ArrowType.Map _ -> plain(Layout.LIST, 4, children);
            case ArrowType.LargeList _ -> plain(Layout.LIST, 8, children);
            case ArrowType.ListView _ -> plain(Layout.LIST_VIEW, 4, children);
            case ArrowType.LargeListView _ -> plain(Layout.LIST_VIEW, 8, children);
            case ArrowType.FixedSizeList list ->
                    plain(Layout.FIXED_LIST, list.getListSize(), children);
            case ArrowType.Struct _ -> plain(Layout.STRUCT, 0, children);
            case ArrowType.RunEndEncoded _ -> plain(Layout.RUN_END, 0, children);
            case ArrowType.Union union -> ofUnion(union, children);
            default -> throw new IllegalArgumentException("type has no vectors: type=" + type);
        };
    }

    private static VectorShape ofUnion(ArrowType.Union union, List<VectorShape> children) {
        int[] declared = union.getTypeIds();
        boolean isDeclared = declared != null && declared.length > 0;
        List<Integer> typeIds =
                IntStream.range(0, children.size())
                        .map(child -> isDeclared ? declared[child] : child)
                        .boxed()
                        .toList();
        Layout layout =
                union.getMode() == UnionMode.Dense ? Layout.DENSE_UNION : Layout.SPARSE_UNION;
        return new VectorShape(layout, 0, typeIds, children);
    }

    private static VectorShape plain(Layout layout, int width, List<VectorShape> children) {
        return new VectorShape(layout, width, List.of(), children);
    }

    private static int bytesOf(FloatingPointPrecision precision) {
        return switch (precision) {
            case HALF -> 2;
            case SINGLE -> 4;
            case DOUBLE -> 8;
        };
    }
}
