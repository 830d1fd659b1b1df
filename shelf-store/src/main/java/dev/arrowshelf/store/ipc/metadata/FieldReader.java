package dev.arrowshelf.store.ipc.metadata;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the field tree of a schema and collects its dictionaries on the way, inner ones first.
final class FieldReader {
    /// Deepest nesting of fields, as in Arrow C++.
    static final int MAX_NESTING = 64;

    /// More fields than any table has; keeps hostile schemas from filling the heap.
    private static final int MAX_FIELDS = 1_000_000;

    private static final int NAME = 0;
    static final int NULLABLE = 1;
    static final int TYPE_ID = 2;
    static final int TYPE = 3;
    private static final int DICTIONARY = 4;
    static final int CHILDREN = 5;
    private static final int CUSTOM_METADATA = 6;

    private static final int DICTIONARY_ID = 0;
    private static final int INDEX_TYPE = 1;
    private static final int DICTIONARY_KIND = 3;

    private final MetadataBytes bytes;
    private final TypeReader types;
    private final List<DictionaryLayout> dictionaries = new ArrayList<>(0);
    private final Map<Long, Integer> ordinals = new HashMap<>(0);
    private boolean hasUnion;
    private int fieldsLeft = MAX_FIELDS;

    FieldReader(MetadataBytes bytes) {
        this.bytes = bytes;
        this.types = new TypeReader(bytes);
    }

    /// Reads a vector of fields.
    List<FieldLayout> columns(int vector) {
        return fields(vector, 1, null);
    }

    /// Returns the dictionaries met so far.
    List<DictionaryLayout> dictionaries() {
        return List.copyOf(dictionaries);
    }

    /// Returns the place of each dictionary id in [#dictionaries].
    Map<Long, Integer> ordinals() {
        return ordinals;
    }

    /// Returns whether a union was met.
    boolean hasUnion() {
        return hasUnion;
    }

    private List<FieldLayout> fields(int vector, int level, @Nullable FieldName parent) {
        int count = bytes.count(vector);
        if (count == 0) {
            return List.of();
        }
        if (level > MAX_NESTING) {
            throw IpcFault.invalid("fields are nested too deeply: limit=" + MAX_NESTING);
        }
        fieldsLeft -= count;
        if (fieldsLeft < 0) {
            throw IpcFault.unsupported("schema has too many fields: limit=" + MAX_FIELDS);
        }
        FieldLayout[] fields = new FieldLayout[count];
        for (int i = 0; i < count; i++) {
            fields[i] = field(bytes.tableIn(vector, i), level, parent);
        }
        return List.of(fields);
    }

    private FieldLayout field(int table, int level, @Nullable FieldName parent) {
        FieldName name = new FieldName(bytes, bytes.text(table, NAME), parent);
        bytes.byteOf(table, NULLABLE, 0);
        bytes.keyValues(table, CUSTOM_METADATA);
        int childVector = bytes.vector(table, CHILDREN, Integer.BYTES);
        List<FieldLayout> children = fields(childVector, level + 1, name);
        int firstChild = children.isEmpty() ? 0 : bytes.tableIn(childVector, 0);
        int typeId = bytes.byteOf(table, TYPE_ID, 0);
        FieldLayout values =
                types.read(name, typeId, bytes.child(table, TYPE), children, firstChild);
        hasUnion |=
                values.shape() == FieldShape.SPARSE_UNION
                        || values.shape() == FieldShape.DENSE_UNION;
        int encoding = bytes.child(table, DICTIONARY);
        return encoding == 0 ? values : indices(name, encoding, values);
    }

    private FieldLayout indices(FieldName name, int encoding, FieldLayout values) {
        int kind = bytes.shortOf(encoding, DICTIONARY_KIND, 0);
        if (kind != 0) {
            throw IpcFault.unsupported(
                    "dictionary is of no known kind: column=" + name.path() + ", kind=" + kind);
        }
        bytes.byteOf(encoding, DICTIONARY_KIND - 1, 0);
        long id = bytes.longOf(encoding, DICTIONARY_ID, 0);
        int ordinal = dictionary(name, id, values);
        int indexType = bytes.child(encoding, INDEX_TYPE);
        if (indexType == 0) {
            throw IpcFault.unsupported(
                    "dictionary states no type of its indices: column="
                            + name.path()
                            + ", id="
                            + id);
        }
        int bits = types.integerBits(name, indexType);
        boolean signed = types.isSigned(indexType);
        return new FieldLayout(
                name, FieldShape.INDEX, bits, ordinal, signed, TypeReader.NO_UNION, List.of());
    }

    private int dictionary(FieldName name, long id, FieldLayout values) {
        Integer known = ordinals.putIfAbsent(id, dictionaries.size());
        if (known == null) {
            dictionaries.add(DictionaryLayout.of(id, values, dictionaries));
            return dictionaries.size() - 1;
        }
        if (!dictionaries.get(known).values().sameLayout(values)) {
            throw IpcFault.invalid(
                    "fields share a dictionary of different types: column="
                            + name.path()
                            + ", id="
                            + id);
        }
        return known;
    }
}
