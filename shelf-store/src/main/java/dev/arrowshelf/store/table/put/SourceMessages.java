package dev.arrowshelf.store.table.put;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.table.VectorSource;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/// What a source has, as the messages of an IPC stream: the schema, then before each record batch
/// the dictionaries that are new or have changed. Batches with large bodies are cut.
///
/// One thread. Owns what it opens to read the source, not the source.
public final class SourceMessages implements AutoCloseable {
    private final BufferAllocator allocator = new RootAllocator();
    private final OpenedSource source;
    private final VectorMessages messages;

    /// Receives messages.
    @FunctionalInterface
    public interface Taker {
        /// Takes a message. The body is lent for the time of the call.
        void take(IpcMessage message, Body body) throws IOException;
    }

    /// The bytes of a body, in pieces; what lies between them is zero.
    @FunctionalInterface
    public interface Body {
        /// Gives the pieces in order.
        void forEach(PieceTaker taker);
    }

    /// Receives pieces of a body.
    @FunctionalInterface
    public interface PieceTaker {
        /// Takes bytes that lie at an offset of the body.
        void take(long offset, MemorySegment bytes);
    }

    /// Reads nothing but the schema yet, or, when text is to be encoded, the first batch.
    ///
    /// @param mostBodyBytes about how long a body may be before its batch is cut
    /// @param encodesText whether text columns that repeat themselves become dictionaries
    public SourceMessages(VectorSource from, long mostBodyBytes, boolean encodesText)
            throws IOException {
        PutOptions cut = PutOptions.DEFAULT.withPartitions(0, mostBodyBytes);
        try {
            this.source = new OpenedSource(from, encodesText, allocator);
        } catch (IOException | RuntimeException failure) {
            allocator.close();
            throw failure;
        }
        try {
            this.messages =
                    new VectorMessages(
                            source.root(),
                            source.dictionaries(),
                            cut,
                            source.isReader(),
                            allocator);
        } catch (RuntimeException failure) {
            source.close();
            allocator.close();
            throw failure;
        }
    }

    /// Gives the schema message.
    public void schema(Taker taker) throws IOException {
        MessageGroup group = new MessageGroup();
        messages.schema(group);
        give(group, taker);
    }

    /// Gives the messages of the next batch; false when there is none.
    public boolean next(Taker taker) throws IOException {
        if (!source.next()) {
            return false;
        }
        MessageGroup group = new MessageGroup();
        messages.rows(group);
        give(group, taker);
        messages.release();
        return true;
    }

    private static void give(MessageGroup group, Taker taker) throws IOException {
        long position = 0;
        for (IpcMessage message : group.messages()) {
            long begin = position;
            taker.take(message, pieces -> group.read(begin, message.bodyBytes(), pieces::take));
            position += message.bodyBytes();
        }
    }

    @Override
    public void close() throws IOException {
        messages.close();
        try {
            source.close();
        } finally {
            allocator.close();
        }
    }
}
