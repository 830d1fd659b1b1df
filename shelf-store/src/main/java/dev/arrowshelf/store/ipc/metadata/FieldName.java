package dev.arrowshelf.store.ipc.metadata;

import org.jspecify.annotations.Nullable;

/// The name of a field, decoded only when somebody asks: many fields may refer to one long string.
///
/// @param bytes the schema's metadata
/// @param string position of the name
/// @param parent name of the field above, null for a column
record FieldName(MetadataBytes bytes, int string, @Nullable FieldName parent) {
    private static final int LONGEST_SHOWN = 80;

    /// Returns the name itself.
    String own() {
        return bytes.decode(string);
    }

    /// Returns the names from the column down to this field.
    String path() {
        String own = bytes.decode(string, LONGEST_SHOWN);
        return parent == null ? own : parent.path() + "." + own;
    }
}
