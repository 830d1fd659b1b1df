package dev.arrowshelf.store.table;

import dev.arrowshelf.store.table.batch.MessageSchema;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.vector.types.pojo.Schema;

/// Schemas by the bytes of their message: thousands of tables with the same schema share one.
///
/// Thread-safe. Keeps a bounded number.
final class SchemaCache {
    private static final int MOST_SCHEMAS = 1_000;

    private final ConcurrentHashMap<Bytes, Schema> schemas = new ConcurrentHashMap<>();

    /// Returns the schema of a schema message's metadata.
    Schema schema(MemorySegment metadata) {
        Bytes key = new Bytes(metadata.toArray(ValueLayout.JAVA_BYTE));
        Schema known = schemas.get(key);
        if (known != null) {
            return known;
        }
        Schema parsed = MessageSchema.of(Message.getRootAsMessage(ByteBuffer.wrap(key.bytes)));
        if (schemas.size() >= MOST_SCHEMAS) {
            schemas.clear();
        }
        schemas.put(key, parsed);
        return parsed;
    }

    private static final class Bytes {
        private final byte[] bytes;
        private final int hash;

        Bytes(byte[] bytes) {
            this.bytes = bytes;
            this.hash = Arrays.hashCode(bytes);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Bytes that && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }
}
