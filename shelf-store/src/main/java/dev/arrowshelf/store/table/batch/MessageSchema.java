package dev.arrowshelf.store.table.batch;

import dev.arrowshelf.store.ipc.metadata.Utf8Text;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntFunction;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/// The schema of a checked schema message, as arrow-java has it. Its metadata is text there, which
/// other libraries' metadata need not be: in a value that is not UTF-8, each byte that belongs to
/// no character becomes a question mark.
public final class MessageSchema {
    private static final byte REPLACEMENT = '?';

    private MessageSchema() {}

    /// Decodes a schema.
    ///
    /// @throws ShelfException `UNSUPPORTED_IPC` for what arrow-java has no words for
    public static Schema of(Message message) {
        try {
            return MessageSerializer.deserializeSchema(message);
        } catch (RuntimeException _) {
            return ofText(message);
        }
    }

    /// Runs what makes vectors of a schema.
    ///
    /// @throws ShelfException `UNSUPPORTED_IPC` where arrow-java has none, as for binary values of
    ///   no bytes; it tells by whatever exception its code runs into
    public static void makeVectors(VectorMaking making) throws IOException {
        try {
            making.run();
        } catch (ShelfException known) {
            throw known;
        } catch (RuntimeException failure) {
            throw new ShelfException(
                    ErrorCode.UNSUPPORTED_IPC,
                    "arrow-java has no vectors for the table: cause=" + failure.getMessage(),
                    failure);
        }
    }

    private static Schema ofText(Message message) {
        try {
            ByteBuffer bytes = message.getByteBuffer();
            ByteBuffer copy =
                    ByteBuffer.allocate(bytes.capacity())
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .put(0, bytes, 0, bytes.capacity())
                            .position(bytes.position());
            Message readable = Message.getRootAsMessage(copy);
            org.apache.arrow.flatbuf.Schema schema =
                    (org.apache.arrow.flatbuf.Schema)
                            readable.header(new org.apache.arrow.flatbuf.Schema());
            clean(schema.customMetadataLength(), schema::customMetadata);
            for (int i = 0; i < schema.fieldsLength(); i++) {
                clean(schema.fields(i));
            }
            return MessageSerializer.deserializeSchema(readable);
        } catch (RuntimeException failure) {
            throw new ShelfException(
                    ErrorCode.UNSUPPORTED_IPC,
                    "arrow-java cannot express the schema: cause=" + failure.getMessage(),
                    failure);
        }
    }

    private static void clean(Field field) {
        clean(field.customMetadataLength(), field::customMetadata);
        for (int i = 0; i < field.childrenLength(); i++) {
            clean(field.children(i));
        }
    }

    private static void clean(int count, IntFunction<KeyValue> pairs) {
        for (int i = 0; i < count; i++) {
            ByteBuffer value = pairs.apply(i).valueAsByteBuffer();
            byte[] bytes = new byte[value.remaining()];
            value.get(value.position(), bytes);
            int at = Utf8Text.validUpTo(bytes, 0, bytes.length);
            while (at < bytes.length) {
                value.put(value.position() + at, REPLACEMENT);
                at = Utf8Text.validUpTo(bytes, at + 1, bytes.length);
            }
        }
    }

    /// Makes vectors.
    @FunctionalInterface
    public interface VectorMaking {
        /// Makes them.
        void run() throws IOException;
    }
}
