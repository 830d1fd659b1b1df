package dev.arrowshelf.store.table.put;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.PutOptions;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;

/// What a reader reads, as the messages of an IPC stream: the schema, then before each record batch
/// the dictionaries that are new or have changed. Batches with large bodies are cut.
///
/// One thread. Owns the reader.
public final class SliceMessages implements AutoCloseable {
    private final ArrowReader reader;
    private final BufferAllocator allocator = new RootAllocator();
    private final VectorMessages messages;

    /// Receives messages.
    @FunctionalInterface
    public interface Taker {
        /// Takes a message. The body is lent for the time of the call.
        void take(IpcMessage message, Body body);
    }

    /// A body that is copied to where the taker wants it.
    @FunctionalInterface
    public interface Body {
        /// Writes the body to memory of its length, which is zero where nothing is written.
        void writeTo(MemorySegment target);
    }

    /// Reads nothing but the schema yet.
    ///
    /// @param mostBodyBytes about how long a body may be before its batch is cut
    public SliceMessages(ArrowReader reader, long mostBodyBytes) throws IOException {
        this.reader = reader;
        try {
            PutOptions cut = PutOptions.DEFAULT.withPartitions(0, mostBodyBytes);
            this.messages =
                    new VectorMessages(reader.getVectorSchemaRoot(), reader, cut, true, allocator);
        } catch (Throwable failure) {
            reader.close();
            allocator.close();
            throw failure;
        }
    }

    /// Gives the schema message.
    public void schema(Taker taker) {
        MessageGroup group = new MessageGroup();
        messages.schema(group);
        give(group, taker);
    }

    /// Gives the messages of the next batch; false when there is none.
    public boolean next(Taker taker) throws IOException {
        if (!reader.loadNextBatch()) {
            return false;
        }
        MessageGroup group = new MessageGroup();
        messages.rows(group);
        give(group, taker);
        messages.release();
        return true;
    }

    private static void give(MessageGroup group, Taker taker) {
        long position = 0;
        for (IpcMessage message : group.messages()) {
            long begin = position;
            taker.take(
                    message,
                    target ->
                            group.read(
                                    begin,
                                    message.bodyBytes(),
                                    (offset, bytes) ->
                                            MemorySegment.copy(
                                                    bytes, 0, target, offset, bytes.byteSize())));
            position += message.bodyBytes();
        }
    }

    @Override
    public void close() throws IOException {
        messages.close();
        reader.close();
        allocator.close();
    }
}
