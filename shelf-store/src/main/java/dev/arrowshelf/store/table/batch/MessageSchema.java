package dev.arrowshelf.store.table.batch;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/// The schema of a checked schema message, as arrow-java has it. Its metadata is text there, which
/// other libraries' metadata need not be: in a value that is not UTF-8, each byte that belongs to
/// no character becomes a question mark.
public final class MessageSchema {
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
            byte[] readable = ReadableMetadata.of(MemorySegment.ofBuffer(message.getByteBuffer()));
            return MessageSerializer.deserializeSchema(
                    Message.getRootAsMessage(ByteBuffer.wrap(readable)));
        } catch (RuntimeException failure) {
            throw new ShelfException(
                    ErrorCode.UNSUPPORTED_IPC,
                    "arrow-java cannot express the schema: cause=" + failure.getMessage(),
                    failure);
        }
    }

    /// Makes vectors.
    @FunctionalInterface
    public interface VectorMaking {
        /// Makes them.
        void run() throws IOException;
    }
}
