package dev.arrowshelf.store.table.encode;

import java.util.HashMap;
import java.util.Map;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/// How a column says that it was text when it was put (`docs/spec/segments.md`, section 6).
public final class EncodedField {
    private static final String KEY = "arrowshelf.encoded";
    private static final String TEXT = "text";

    private EncodedField() {}

    /// Returns whether a field was text, and became a dictionary on its way to the shelf.
    public static boolean is(Field field) {
        return field.getDictionary() != null && TEXT.equals(field.getMetadata().get(KEY));
    }

    /// Returns whether a field may become one.
    static boolean isText(Field field) {
        return field.getDictionary() == null
                && (field.getType() instanceof ArrowType.Utf8
                        || field.getType() instanceof ArrowType.LargeUtf8);
    }

    /// Returns the field of the indices that stand for a text column's values.
    static Field encoded(Field text, DictionaryEncoding encoding) {
        Map<String, String> metadata = new HashMap<>(text.getMetadata());
        metadata.put(KEY, TEXT);
        FieldType type =
                new FieldType(text.isNullable(), encoding.getIndexType(), encoding, metadata);
        return new Field(text.getName(), type, null);
    }
}
