package dev.arrowshelf.store.table.batch;

import dev.arrowshelf.store.ipc.metadata.MetadataBytes;
import dev.arrowshelf.store.ipc.metadata.Utf8Text;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Makes a copy of a checked schema message in which every value of the metadata is UTF-8. Such
/// values are written anew behind the message, because in the message they may share their bytes
/// with other parts. Used once, by one thread.
final class ReadableMetadata {
    private static final int HEADER = 2;
    private static final int SCHEMA_FIELDS = 1;
    private static final int SCHEMA_METADATA = 2;
    private static final int CHILDREN = 5;
    private static final int FIELD_METADATA = 6;
    private static final int VALUE = 1;
    private static final byte REPLACEMENT = '?';

    private final MetadataBytes message;
    private final List<Value> cleaned = new ArrayList<>();

    private ReadableMetadata(MemorySegment message) {
        this.message = MetadataBytes.copyOf(message, 0);
    }

    /// Returns the readable message: each byte of a value that belongs to no character has become a
    /// question mark.
    static byte[] of(MemorySegment message) {
        ReadableMetadata readable = new ReadableMetadata(message);
        int schema = readable.message.child(readable.message.root(), HEADER);
        readable.cleanPairs(schema, SCHEMA_METADATA);
        readable.cleanFields(schema, SCHEMA_FIELDS);
        return readable.written();
    }

    private void cleanFields(int table, int slot) {
        int vector = message.vector(table, slot, Integer.BYTES);
        for (int i = 0; i < message.count(vector); i++) {
            int field = message.tableIn(vector, i);
            cleanPairs(field, FIELD_METADATA);
            cleanFields(field, CHILDREN);
        }
    }

    private void cleanPairs(int table, int slot) {
        int vector = message.vector(table, slot, Integer.BYTES);
        for (int i = 0; i < message.count(vector); i++) {
            int pair = message.tableIn(vector, i);
            int string = message.string(pair, VALUE);
            int from = string + Integer.BYTES;
            byte[] text = Arrays.copyOfRange(message.array(), from, from + message.intAt(string));
            if (clean(text)) {
                cleaned.add(new Value(message.field(pair, VALUE, Integer.BYTES), text));
            }
        }
    }

    private static boolean clean(byte[] text) {
        int at = Utf8Text.validUpTo(text, 0, text.length);
        boolean bad = at < text.length;
        while (at < text.length) {
            text[at] = REPLACEMENT;
            at = Utf8Text.validUpTo(text, at + 1, text.length);
        }
        return bad;
    }

    private byte[] written() {
        int at = aligned(message.size());
        int end = at;
        for (Value value : cleaned) {
            end += value.bytes();
        }
        MetadataBytes copy = message.withSpareBytes(end - message.size());
        for (Value value : cleaned) {
            copy.putInt(value.reference, at - value.reference);
            copy.putInt(at, value.text.length);
            System.arraycopy(value.text, 0, copy.array(), at + Integer.BYTES, value.text.length);
            at += value.bytes();
        }
        return copy.array();
    }

    private static int aligned(int bytes) {
        return (bytes + 3) & ~3;
    }

    /// A value that was made readable.
    ///
    /// @param reference position of the reference to it
    /// @param text its new bytes
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Value(int reference, byte[] text) {
        /// Returns the length of a flatbuffer's string: count, text, a zero byte, padding.
        int bytes() {
            return aligned(Integer.BYTES + text.length + 1);
        }
    }
}
