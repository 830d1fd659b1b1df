package dev.arrowshelf.store.ipc.metadata;

import org.apache.arrow.flatbuf.MetadataVersion;

/// The footer of a segment as our writer lays it out: any flatbuffers reader understands it,
/// because references are relative, and the schema's tables are those of the schema message, taken
/// over as they are.
///
/// ```
/// 0    reference to the footer table
/// 4    vtable: its length 12, the table's length 20, offsets of version, schema, dictionaries, record batches
/// 16   table: vtable reference, schema, dictionaries, record batches (references), version, padding
/// 36   number of dictionary blocks, then the blocks of 24 bytes
/// ...  padding 4, number of record batch blocks, then the blocks
/// ...  the metadata of the schema message, at a multiple of 8
/// ```
///
/// Block: offset of the message (8), bytes of its head (4), padding (4), bytes of its body (8).
/// Little-endian.
final class FooterLayout {
    static final int BLOCK_BYTES = 24;
    static final int BLOCK_HEAD = 8;
    static final int BLOCK_BODY = 16;

    static final int VERSION = 0;
    static final int SCHEMA = 1;
    static final int DICTIONARIES = 2;
    static final int BATCHES = 3;
    static final int CUSTOM_METADATA = 4;

    private static final int VTABLE_AT = 4;
    private static final int TABLE_AT = 16;
    private static final int TABLE_BYTES = 20;
    private static final int SCHEMA_AT = TABLE_AT + 4;
    private static final int DICTIONARIES_AT = TABLE_AT + 8;
    private static final int BATCHES_AT = TABLE_AT + 12;
    private static final int VERSION_AT = TABLE_AT + 16;
    private static final int BLOCKS_AT = TABLE_AT + TABLE_BYTES;

    private FooterLayout() {}

    /// Returns the bytes of a footer.
    static long bytes(SchemaMetadata schema, int dictionaries, int batches) {
        return schemaAt(dictionaries, batches) + schema.bytes().size();
    }

    private static long schemaAt(int dictionaries, int batches) {
        return BLOCKS_AT + 4 + BLOCK_BYTES * (long) dictionaries + 8 + BLOCK_BYTES * (long) batches;
    }

    /// Writes a footer.
    ///
    /// @param dictionaries offset, head bytes and body bytes of each dictionary batch, one after
    ///   the other
    /// @param batches the same for record batches
    static void write(
            MetadataBytes to, SchemaMetadata schema, long[] dictionaries, long[] batches) {
        int schemaAt = Math.toIntExact(schemaAt(dictionaries.length / 3, batches.length / 3));
        int batchesVector = BLOCKS_AT + 4 + BLOCK_BYTES * (dictionaries.length / 3) + 4;
        to.putInt(0, TABLE_AT);
        to.putShort(VTABLE_AT, TABLE_AT - VTABLE_AT);
        to.putShort(VTABLE_AT + 2, TABLE_BYTES);
        putSlot(to, VERSION, VERSION_AT);
        putSlot(to, SCHEMA, SCHEMA_AT);
        putSlot(to, DICTIONARIES, DICTIONARIES_AT);
        putSlot(to, BATCHES, BATCHES_AT);
        to.putInt(TABLE_AT, TABLE_AT - VTABLE_AT);
        to.putShort(VERSION_AT, MetadataVersion.V5);
        to.putInt(SCHEMA_AT, schemaAt + schema.schemaTable() - SCHEMA_AT);
        to.putInt(DICTIONARIES_AT, BLOCKS_AT - DICTIONARIES_AT);
        to.putInt(BATCHES_AT, batchesVector - BATCHES_AT);
        putBlocks(to, BLOCKS_AT, dictionaries);
        putBlocks(to, batchesVector, batches);
        System.arraycopy(schema.bytes().array(), 0, to.array(), schemaAt, schema.bytes().size());
    }

    private static void putSlot(MetadataBytes to, int slot, int at) {
        to.putShort(VTABLE_AT + 4 + 2 * slot, at - TABLE_AT);
    }

    private static void putBlocks(MetadataBytes to, int vector, long[] blocks) {
        to.putInt(vector, blocks.length / 3);
        for (int i = 0; i < blocks.length; i += 3) {
            int at = vector + 4 + BLOCK_BYTES * (i / 3);
            to.putLong(at, blocks[i]);
            to.putInt(at + BLOCK_HEAD, Math.toIntExact(blocks[i + 1]));
            to.putLong(at + BLOCK_BODY, blocks[i + 2]);
        }
    }
}
