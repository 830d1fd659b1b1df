package dev.arrowshelf.store.ipc;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/// Short ways to schemas for tests.
final class TestSchemas {
    private TestSchemas() {}

    static Schema of(Field... fields) {
        return new Schema(List.of(fields));
    }

    static Field int32(String name) {
        return field(name, new ArrowType.Int(32, true));
    }

    static Field field(String name, ArrowType type, Field... children) {
        return new Field(name, FieldType.nullable(type), List.of(children));
    }

    /// A text column with a dictionary.
    static Field dictionary(String name, long id, int bits, boolean signed) {
        DictionaryEncoding encoding =
                new DictionaryEncoding(id, false, new ArrowType.Int(bits, signed));
        return new Field(name, new FieldType(true, new ArrowType.Utf8(), encoding), List.of());
    }

    /// Values of a text column: one letter each.
    static TestBatch letters(String letters) {
        int[] offsets = new int[letters.length() + 1];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = i;
        }
        return new TestBatch(letters.length())
                .node(letters.length(), 0)
                .buffer()
                .ints(offsets)
                .buffer(letters.getBytes(StandardCharsets.US_ASCII));
    }
}
