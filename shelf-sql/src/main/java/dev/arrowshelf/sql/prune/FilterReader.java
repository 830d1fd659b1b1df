package dev.arrowshelf.sql.prune;

import dev.arrowshelf.sql.duckdb.ApiFunction;
import dev.arrowshelf.sql.duckdb.Call;
import dev.arrowshelf.sql.duckdb.DuckDbException;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/// Reads the filters of a query for what the values of its rows must lie between. Nothing is taken
/// over: DuckDB applies its filters all the same, so what is not understood is passed over.
///
/// One thread, during one callback.
public final class FilterReader {
    private static final int CONSTANT = 75;
    private static final int COLUMN = 228;
    private static final int CAST = 12;
    private static final int EQUAL = 25;
    private static final int LESS = 27;
    private static final int GREATER = 28;
    private static final int LESS_OR_EQUAL = 29;
    private static final int GREATER_OR_EQUAL = 30;
    private static final int IN = 35;
    private static final int BETWEEN = 38;
    private static final int FUNCTION = 141;
    private static final int AND = 50;
    private static final int OR = 51;

    private final Call call;
    private final MemorySegment info;
    private final MemorySegment context;
    private final List<Field> fields;
    private final int before;

    private FilterReader(
            Call call, MemorySegment info, MemorySegment context, List<Field> fields, int before) {
        this.call = call;
        this.info = info;
        this.context = context;
        this.fields = fields;
        this.before = before;
    }

    /// Returns what values must lie between, for each column that is filtered.
    ///
    /// @param info what the filter callback got
    /// @param context the other thing it got
    /// @param fields the columns of the table
    /// @param before how many columns of DuckDB's stand before them
    public static Map<Integer, Bounds> read(
            Call call, MemorySegment info, MemorySegment context, List<Field> fields, int before) {
        FilterReader reader = new FilterReader(call, info, context, fields, before);
        Map<Integer, Bounds> all = new HashMap<>();
        long count =
                call.getLong(ApiFunction.TABLE_FUNCTION_FILTER_PUSHDOWN_GET_FILTER_COUNT, info);
        for (long i = 0; i < count; i++) {
            MemorySegment filter =
                    call.get(ApiFunction.TABLE_FUNCTION_FILTER_PUSHDOWN_GET_FILTER, info, i);
            reader.ranges(filter).forEach((column, range) -> all.merge(column, range, Bounds::and));
        }
        return all;
    }

    private Map<Integer, Bounds> ranges(MemorySegment filter) {
        int type = type(filter);
        return switch (type) {
            case AND -> conjunction(filter);
            case OR -> disjunction(filter);
            case EQUAL, LESS, GREATER, LESS_OR_EQUAL, GREATER_OR_EQUAL -> comparison(filter, type);
            case BETWEEN -> between(filter);
            case IN -> in(filter);
            case FUNCTION -> function(filter);
            default -> Map.of();
        };
    }

    private Map<Integer, Bounds> conjunction(MemorySegment filter) {
        Map<Integer, Bounds> all = new HashMap<>();
        for (long i = 0; i < children(filter); i++) {
            ranges(child(filter, i))
                    .forEach((column, range) -> all.merge(column, range, Bounds::and));
        }
        return all;
    }

    /// Only what every alternative says of a column holds.
    private Map<Integer, Bounds> disjunction(MemorySegment filter) {
        Map<Integer, Bounds> all = new HashMap<>(ranges(child(filter, 0)));
        for (long i = 1; i < children(filter); i++) {
            Map<Integer, Bounds> next = ranges(child(filter, i));
            all.keySet().retainAll(next.keySet());
            all.replaceAll((column, range) -> range.or(next.getOrDefault(column, Bounds.ALL)));
        }
        return all;
    }

    private Map<Integer, Bounds> comparison(MemorySegment filter, int type) {
        MemorySegment left = child(filter, 0);
        MemorySegment right = child(filter, 1);
        boolean turned = type(left) == CONSTANT;
        int column = column(turned ? right : left);
        Long key = key(column, turned ? left : right);
        if (key == null) {
            return Map.of();
        }
        int seen = turned ? mirrored(type) : type;
        return Map.of(
                column,
                Bounds.ofValues(
                        switch (seen) {
                            case EQUAL -> new KeyRange(key, key);
                            case LESS, LESS_OR_EQUAL -> new KeyRange(Long.MIN_VALUE, key);
                            default -> new KeyRange(key, Long.MAX_VALUE);
                        }));
    }

    private static int mirrored(int type) {
        return switch (type) {
            case LESS -> GREATER;
            case GREATER -> LESS;
            case LESS_OR_EQUAL -> GREATER_OR_EQUAL;
            case GREATER_OR_EQUAL -> LESS_OR_EQUAL;
            default -> type;
        };
    }

    private Map<Integer, Bounds> between(MemorySegment filter) {
        int column = column(child(filter, 0));
        Long least = key(column, child(filter, 1));
        Long greatest = key(column, child(filter, 2));
        if (least == null && greatest == null) {
            return Map.of();
        }
        return Map.of(
                column,
                Bounds.ofValues(
                        new KeyRange(
                                least == null ? Long.MIN_VALUE : least,
                                greatest == null ? Long.MAX_VALUE : greatest)));
    }

    private Map<Integer, Bounds> in(MemorySegment filter) {
        int column = column(child(filter, 0));
        KeyRange range = KeyRange.NONE;
        for (long i = 1; i < children(filter); i++) {
            Long key = key(column, child(filter, i));
            if (key == null) {
                return Map.of();
            }
            range = range.or(new KeyRange(key, key));
        }
        return Map.of(column, Bounds.ofValues(range));
    }

    /// A function about a column of geometries and a constant one.
    private Map<Integer, Bounds> function(MemorySegment filter) {
        String name = name(filter);
        boolean near = GeometryFilter.isNear(name);
        if (!near && !GeometryFilter.isMeeting(name)) {
            return Map.of();
        }
        MemorySegment left = form(child(filter, 0));
        MemorySegment right = form(child(filter, 1));
        boolean turned = type(left) == CONSTANT;
        int column = column(turned ? right : left);
        MemorySegment constant = turned ? left : right;
        if (column < 0 || type(constant) != CONSTANT) {
            return Map.of();
        }
        try {
            double distance = near ? number(child(filter, 2)) : 0;
            GeometryBox box = new GeometryBox();
            box.add(MemorySegment.ofArray(binary(constant)));
            return Map.of(column, box.bounds(distance));
        } catch (DuckDbException _) {
            return Map.of(); // null, or not of this type: no bounds, which is always right
        }
    }

    /// Returns the column or constant that an expression has in another form: a geometry with a
    /// reference system is cast to one without.
    private MemorySegment form(MemorySegment expression) {
        MemorySegment inner = expression;
        while (type(inner) == CAST
                || (type(inner) == FUNCTION && GeometryFilter.isForm(name(inner)))) {
            inner = child(inner, 0);
        }
        return inner;
    }

    private String name(MemorySegment function) {
        return call.getText(ApiFunction.EXPRESSION_FUNCTION_GET_NAME, function);
    }

    private byte[] binary(MemorySegment constant) {
        MemorySegment value = call.get(ApiFunction.EXPRESSION_CONSTANT_GET_VALUE, constant);
        try {
            return call.getBytes(ApiFunction.VALUE_GET_BLOB, value);
        } finally {
            Call.destroy(ApiFunction.VALUE_DESTROY, value);
        }
    }

    private double number(MemorySegment expression) {
        if (type(expression) != CONSTANT) {
            return Double.NaN;
        }
        MemorySegment value = call.get(ApiFunction.EXPRESSION_CONSTANT_GET_VALUE, expression);
        try {
            return Double.longBitsToDouble(call.getLong(ApiFunction.VALUE_GET_DOUBLE, value));
        } finally {
            Call.destroy(ApiFunction.VALUE_DESTROY, value);
        }
    }

    /// Returns the column of the table that an expression is, or -1.
    private int column(MemorySegment expression) {
        if (type(expression) != COLUMN) {
            return -1;
        }
        long reference = call.getLong(ApiFunction.EXPRESSION_COLUMN_REF_GET_INDEX, expression);
        long column =
                call.getLong(
                                ApiFunction.TABLE_FUNCTION_FILTER_PUSHDOWN_GET_COLUMN_INDEX,
                                info,
                                reference)
                        - before;
        return column >= 0 && column < fields.size() ? (int) column : -1;
    }

    /// Returns the key of a constant in the order of a column's keys; null where it has none.
    private @Nullable Long key(int column, MemorySegment expression) {
        Optional<KeyKind> kind = column < 0 ? Optional.empty() : KeyKind.of(fields.get(column));
        if (kind.isEmpty() || !kind.get().hasOrder() || type(expression) != CONSTANT) {
            return null;
        }
        MemorySegment value = call.get(ApiFunction.EXPRESSION_CONSTANT_GET_VALUE, expression);
        try {
            return kind.get() == KeyKind.DECIMAL
                    ? decimal(value, (ArrowType.Decimal) fields.get(column).getType())
                    : Long.valueOf(key(kind.get(), value));
        } catch (DuckDbException _) {
            // null, out of the type's range, or another type: no range, which is always right
            return null;
        } finally {
            Call.destroy(ApiFunction.VALUE_DESTROY, value);
        }
    }

    /// Decimals come in four widths: their text is the same for all.
    private @Nullable Long decimal(MemorySegment value, ArrowType.Decimal type) {
        MemorySegment factory = call.get(ApiFunction.CONTEXT_GET_FACTORY, context);
        MemorySegment varchar =
                call.get(ApiFunction.FACTORY_CREATE_TYPE_FROM_TEXT, factory, call.text("VARCHAR"));
        MemorySegment text = MemorySegment.NULL;
        try {
            text = call.get(ApiFunction.VALUE_CAST, factory, value, varchar);
            String digits = call.getText(ApiFunction.VALUE_GET_VARCHAR, text);
            return KeyKind.ofDecimal(new BigDecimal(digits), type.getScale());
        } catch (NumberFormatException _) {
            return null;
        } finally {
            Call.destroy(ApiFunction.VALUE_DESTROY, text);
            Call.destroy(ApiFunction.LOGICAL_TYPE_DESTROY, varchar);
        }
    }

    private long key(KeyKind kind, MemorySegment value) {
        return switch (kind) {
            case BYTE, SHORT, INT, LONG, UNSIGNED_BYTE, UNSIGNED_SHORT, UNSIGNED_INT ->
                    call.getLong(ApiFunction.VALUE_GET_BIGINT, value);
            case UNSIGNED_LONG ->
                    call.getLong(ApiFunction.VALUE_GET_UBIGINT, value) ^ Long.MIN_VALUE;
            case FLOAT, DOUBLE ->
                    KeyKind.ofDouble(
                            Double.longBitsToDouble(
                                    call.getLong(ApiFunction.VALUE_GET_DOUBLE, value)));
            case DATE -> (int) call.getLong(ApiFunction.VALUE_GET_DATE, value);
            case TIMESTAMP_SECONDS -> call.getLong(ApiFunction.VALUE_GET_TIMESTAMP_SEC, value);
            case TIMESTAMP_MILLIS -> call.getLong(ApiFunction.VALUE_GET_TIMESTAMP_MS, value);
            case TIMESTAMP_MICROS -> call.getLong(ApiFunction.VALUE_GET_TIMESTAMP, value);
            case TIMESTAMP_NANOS -> call.getLong(ApiFunction.VALUE_GET_TIMESTAMP_NS, value);
            case TIMESTAMP_ZONED -> call.getLong(ApiFunction.VALUE_GET_TIMESTAMP_TZ, value);
            case DECIMAL -> throw new IllegalStateException("a decimal has a scale");
            case TEXT, LARGE_TEXT ->
                    KeyKind.ofText(call.getText(ApiFunction.VALUE_GET_VARCHAR, value));
            case GEOMETRY, LARGE_GEOMETRY ->
                    throw new IllegalStateException("geometries have no order");
        };
    }

    private int type(MemorySegment expression) {
        return (int) call.getLong(ApiFunction.EXPRESSION_GET_TYPE, expression);
    }

    private long children(MemorySegment expression) {
        return call.getLong(ApiFunction.EXPRESSION_GET_CHILD_COUNT, expression);
    }

    private MemorySegment child(MemorySegment expression, long index) {
        return call.get(ApiFunction.EXPRESSION_GET_CHILD, expression, index);
    }
}
