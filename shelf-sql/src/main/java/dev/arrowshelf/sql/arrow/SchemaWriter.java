package dev.arrowshelf.sql.arrow;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;

/// Writes fields as structures of the Arrow C data interface. Dictionary-encoded fields come with
/// the type of their values, as producers declare them.
///
/// One thread. What it writes lies in the scratch memory and borrows it; its release does nothing.
public final class SchemaWriter {
    private static final long DICTIONARY_ORDERED = 1;
    private static final long NULLABLE = 2;
    private static final long MAP_KEYS_SORTED = 4;

    private final Scratch scratch;
    private final MemorySegment release;

    /// @param release a native function that marks a schema as released
    public SchemaWriter(Scratch scratch, MemorySegment release) {
        this.scratch = scratch;
        this.release = release;
    }

    /// Returns a struct of these fields.
    public MemorySegment write(List<Field> fields) {
        MemorySegment schema = structure("+s", "", 0, Map.of());
        children(schema, fields);
        return schema;
    }

    private MemorySegment write(Field field) {
        DictionaryEncoding encoding = field.getDictionary();
        long flags = field.isNullable() ? NULLABLE : 0;
        if (field.getType() instanceof ArrowType.Map map && map.getKeysSorted()) {
            flags |= MAP_KEYS_SORTED;
        }
        if (encoding == null) {
            MemorySegment schema =
                    structure(
                            Formats.of(field.getType()),
                            field.getName(),
                            flags,
                            field.getMetadata());
            children(schema, field.getChildren());
            return schema;
        }
        MemorySegment values = structure(Formats.of(field.getType()), "", NULLABLE, Map.of());
        children(values, field.getChildren());
        MemorySegment indices =
                structure(
                        Formats.of(encoding.getIndexType()),
                        field.getName(),
                        flags | (encoding.isOrdered() ? DICTIONARY_ORDERED : 0),
                        field.getMetadata());
        CArrow.put(indices, CArrow.SCHEMA_DICTIONARY, values);
        return indices;
    }

    private MemorySegment structure(
            String format, String name, long flags, Map<String, String> metadata) {
        MemorySegment schema = scratch.allocate(CArrow.SCHEMA_BYTES);
        CArrow.put(schema, CArrow.SCHEMA_FORMAT, terminated(format));
        CArrow.put(schema, CArrow.SCHEMA_NAME, terminated(name));
        CArrow.put(schema, CArrow.SCHEMA_METADATA, metadata(metadata));
        CArrow.put(schema, CArrow.SCHEMA_FLAGS, flags);
        CArrow.put(schema, CArrow.SCHEMA_RELEASE, release);
        return schema;
    }

    private void children(MemorySegment schema, List<Field> fields) {
        if (fields.isEmpty()) {
            return;
        }
        MemorySegment pointers = scratch.allocate(fields.size() * CArrow.POINTER_BYTES);
        for (int i = 0; i < fields.size(); i++) {
            pointers.setAtIndex(ValueLayout.ADDRESS, i, write(fields.get(i)));
        }
        CArrow.put(schema, CArrow.SCHEMA_CHILD_COUNT, fields.size());
        CArrow.put(schema, CArrow.SCHEMA_CHILDREN, pointers);
    }

    private MemorySegment terminated(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        MemorySegment memory = scratch.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return memory;
    }

    /// Number of pairs, then length and bytes of each key and value.
    private MemorySegment metadata(Map<String, String> pairs) {
        if (pairs.isEmpty()) {
            return MemorySegment.NULL;
        }
        long bytes = Integer.BYTES;
        for (Map.Entry<String, String> pair : pairs.entrySet()) {
            bytes += 2L * Integer.BYTES + utf8(pair.getKey()).length + utf8(pair.getValue()).length;
        }
        MemorySegment memory = scratch.allocate(bytes);
        memory.set(ValueLayout.JAVA_INT, 0, pairs.size());
        long position = Integer.BYTES;
        for (Map.Entry<String, String> pair : pairs.entrySet()) {
            position = counted(memory, position, utf8(pair.getKey()));
            position = counted(memory, position, utf8(pair.getValue()));
        }
        return memory;
    }

    private static long counted(MemorySegment memory, long position, byte[] text) {
        memory.set(ValueLayout.JAVA_INT_UNALIGNED, position, text.length);
        long begin = position + Integer.BYTES;
        MemorySegment.copy(text, 0, memory, ValueLayout.JAVA_BYTE, begin, text.length);
        return begin + text.length;
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
