package dev.arrowshelf.store.ipc.metadata;

import java.lang.foreign.MemorySegment;

/// A checked footer of an Arrow IPC file: where its messages are. The schema in it is not looked
/// at, a file begins with the same.
public final class FooterMetadata {
    private final MetadataBytes bytes;
    private final int dictionaries;
    private final int batches;

    private FooterMetadata(MetadataBytes bytes) {
        this.bytes = bytes;
        int footer = bytes.root();
        bytes.shortOf(footer, FooterLayout.VERSION, 0);
        if (bytes.child(footer, FooterLayout.SCHEMA) == 0) {
            throw bytes.invalid("footer has no schema");
        }
        this.dictionaries =
                bytes.vector(footer, FooterLayout.DICTIONARIES, FooterLayout.BLOCK_BYTES);
        this.batches = bytes.vector(footer, FooterLayout.BATCHES, FooterLayout.BLOCK_BYTES);
        bytes.keyValues(footer, FooterLayout.CUSTOM_METADATA);
    }

    /// Checks a footer.
    public static FooterMetadata parse(MemorySegment footer) {
        return new FooterMetadata(MetadataBytes.copyOf(footer, 0));
    }

    /// Returns the bytes that [#write] makes.
    public static long bytes(SchemaMetadata schema, int dictionaries, int batches) {
        return FooterLayout.bytes(schema, dictionaries, batches);
    }

    /// Makes a footer.
    ///
    /// @param dictionaries offset, head bytes and body bytes of each dictionary batch, one after
    ///   the other
    /// @param batches the same for record batches
    public static byte[] write(SchemaMetadata schema, long[] dictionaries, long[] batches) {
        long size = FooterLayout.bytes(schema, dictionaries.length / 3, batches.length / 3);
        if (size > MetadataBytes.MAX_BYTES) {
            throw IpcFault.unsupported(
                    "segment has too many batches for one footer: batches="
                            + batches.length / 3
                            + ", footerBytes="
                            + size);
        }
        MetadataBytes footer = MetadataBytes.zeroed((int) size);
        FooterLayout.write(footer, schema, dictionaries, batches);
        return footer.array();
    }

    /// Returns the number of dictionary batches.
    public int dictionaries() {
        return bytes.count(dictionaries);
    }

    /// Returns the number of record batches.
    public int batches() {
        return bytes.count(batches);
    }

    /// Returns the block of a dictionary batch.
    public FooterBlock dictionary(int index) {
        return block(dictionaries, index);
    }

    /// Returns the block of a record batch.
    public FooterBlock batch(int index) {
        return block(batches, index);
    }

    private FooterBlock block(int vector, int index) {
        int at = vector + 4 + FooterLayout.BLOCK_BYTES * index;
        return new FooterBlock(
                bytes.longAt(at),
                bytes.intAt(at + FooterLayout.BLOCK_HEAD),
                bytes.longAt(at + FooterLayout.BLOCK_BODY));
    }
}
