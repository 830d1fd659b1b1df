package dev.arrowshelf.vector.points;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.List;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Which columns of a schema are vectors.
final class VectorColumns {
    private VectorColumns() {}

    /// Returns the columns to read: those wanted, checked, or those that offer themselves.
    ///
    /// Error: `INVALID_ARGUMENT`.
    static List<String> choose(Schema schema, List<String> wanted) {
        if (wanted.isEmpty()) {
            return offered(schema);
        }
        for (String name : wanted) {
            Field field = field(schema, name);
            if (isList(field)) {
                if (wanted.size() > 1) {
                    throw new ShelfException(
                            ErrorCode.INVALID_ARGUMENT,
                            "a column of lists is a vector by itself: columns=" + wanted);
                }
                ElementType.of(field.getChildren().getFirst().getType(), name);
            } else {
                ElementType.of(field.getType(), name);
            }
        }
        return wanted;
    }

    /// Returns the dimensions as the schema says them; 0 where only the lists themselves do.
    static int declaredDimensions(Schema schema, List<String> columns) {
        Field first = field(schema, columns.getFirst());
        return switch (first.getType()) {
            case ArrowType.FixedSizeList fixed -> {
                if (fixed.getListSize() == 0) {
                    throw new ShelfException(
                            ErrorCode.INVALID_ARGUMENT,
                            "lists are empty: column=" + first.getName());
                }
                yield fixed.getListSize();
            }
            case ArrowType.List _, ArrowType.LargeList _ -> 0;
            default -> columns.size();
        };
    }

    /// Returns whether float32 holds every coordinate exactly, as far as types say.
    static boolean fitFloat(Schema schema, List<String> columns) {
        return columns.stream()
                .map(name -> field(schema, name))
                .map(field -> isList(field) ? field.getChildren().getFirst() : field)
                .allMatch(field -> ElementType.of(field.getType(), field.getName()).fitsFloat());
    }

    private static List<String> offered(Schema schema) {
        List<String> lists =
                schema.getFields().stream()
                        .filter(field ->
                                isList(field) && isFloating(field.getChildren().getFirst()))
                        .map(Field::getName)
                        .toList();
        if (lists.size() == 1) {
            return lists;
        }
        List<String> numbers =
                schema.getFields().stream()
                        .filter(VectorColumns::isFloating)
                        .map(Field::getName)
                        .toList();
        if (lists.isEmpty() && !numbers.isEmpty()) {
            return numbers;
        }
        throw new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                "name the columns to search: lists of numbers="
                        + lists
                        + ", columns="
                        + schema.getFields().stream().map(Field::getName).toList());
    }

    private static Field field(Schema schema, String name) {
        @Nullable Field found = null;
        for (Field field : schema.getFields()) {
            if (field.getName().equals(name)) {
                found = field;
            }
        }
        if (found == null) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "no such column: column="
                            + name
                            + ", columns="
                            + schema.getFields().stream().map(Field::getName).toList());
        }
        return found;
    }

    private static boolean isList(Field field) {
        return switch (field.getType()) {
            case ArrowType.FixedSizeList _, ArrowType.List _, ArrowType.LargeList _ -> true;
            default -> false;
        };
    }

    private static boolean isFloating(Field field) {
        return field.getType() instanceof ArrowType.FloatingPoint;
    }
}
