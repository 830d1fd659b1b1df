package dev.arrowshelf.store.ipc.metadata;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.MessageHeader;

/// A checked schema message: its bytes, patched to metadata version V5, and what its fields mean
/// for nodes and buffers. Immutable once parsed; safe to share between threads.
public final class SchemaMetadata {
    private static final int ENDIANNESS = 0;
    private static final int FIELDS = 1;
    private static final int CUSTOM_METADATA = 2;
    private static final int FEATURES = 3;

    private final MetadataBytes bytes;
    private final int schemaTable;
    private final List<FieldLayout> columns;
    private final List<DictionaryLayout> dictionaries;
    private final Map<Long, Integer> ordinals;
    private final boolean hasUnion;

    private SchemaMetadata(
            MetadataBytes bytes, int schemaTable, FieldReader fields, List<FieldLayout> columns) {
        this.bytes = bytes;
        this.schemaTable = schemaTable;
        this.columns = columns;
        this.dictionaries = fields.dictionaries();
        this.ordinals = fields.ordinals();
        this.hasUnion = fields.hasUnion();
    }

    /// Checks the metadata of a schema message, takes a copy and patches it to V5.
    public static SchemaMetadata parse(MemorySegment metadata) {
        MetadataBytes bytes = MetadataBytes.copyOf(metadata, 0);
        MessageHead head = MessageHead.parse(bytes);
        if (head.headerType() != MessageHeader.Schema) {
            throw bytes.invalid("IPC message is not a schema: headerType=" + head.headerType());
        }
        if (head.bodyBytes() != 0) {
            throw bytes.invalid("schema message has a body: bodyBytes=" + head.bodyBytes());
        }
        SchemaMetadata schema = parseSchema(bytes, head.headerTable());
        head.upgrade(bytes, schema.hasUnion);
        return schema;
    }

    private static SchemaMetadata parseSchema(MetadataBytes bytes, int table) {
        int endianness = bytes.shortOf(table, ENDIANNESS, Endianness.Little);
        if (endianness != Endianness.Little) {
            throw bytes.unsupported("schema is not little-endian: endianness=" + endianness);
        }
        bytes.keyValues(table, CUSTOM_METADATA);
        bytes.vector(table, FEATURES, Long.BYTES);
        int vector = bytes.vector(table, FIELDS, Integer.BYTES);
        if (vector == 0) {
            throw bytes.invalid("schema has no list of fields");
        }
        FieldReader fields = new FieldReader(bytes);
        return new SchemaMetadata(bytes, table, fields, fields.columns(vector));
    }

    /// Returns the metadata of the schema message; not to be changed.
    public MetadataBytes bytes() {
        return bytes;
    }

    /// Returns where in [#bytes] the schema's own table lies.
    public int schemaTable() {
        return schemaTable;
    }

    /// Returns the top-level fields.
    public List<FieldLayout> columns() {
        return columns;
    }

    /// Returns the dictionaries, each after those that its own values refer to.
    public List<DictionaryLayout> dictionaries() {
        return dictionaries;
    }

    /// Returns the ordinal of a dictionary id, -1 for one that no field refers to.
    public int dictionary(long id) {
        return dictionaries.isEmpty() ? -1 : ordinals.getOrDefault(id, -1);
    }

    /// Returns whether any field, at whatever depth, is a union.
    public boolean hasUnion() {
        return hasUnion;
    }
}
