package dev.arrowshelf.store.table.put;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.table.VectorSource;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.jspecify.annotations.Nullable;

/// What a source has, as the messages of an IPC stream: the schema, then before each record batch
/// the dictionaries that are new or have changed. Batches with large bodies are cut.
///
/// One thread. Owns what it opens to read the source, not the source.
public final class SourceMessages implements AutoCloseable {
    private static final int MAGIC_BYTES = 6;

    private final BufferAllocator allocator = new RootAllocator();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final VectorMessages messages;
    private final @Nullable ArrowReader reader;
    private boolean rootGiven;

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

    /// Reads nothing but the schema yet.
    ///
    /// @param mostBodyBytes about how long a body may be before its batch is cut
    public SourceMessages(VectorSource source, long mostBodyBytes) throws IOException {
        PutOptions cut = PutOptions.DEFAULT.withPartitions(0, mostBodyBytes);
        try {
            if (source
                    instanceof
                    VectorSource.OfRoot(VectorSchemaRoot root, DictionaryProvider dictionaries)) {
                this.reader = null;
                this.messages = new VectorMessages(root, dictionaries, cut, false, allocator);
            } else {
                ArrowReader from = reader(source);
                this.reader = from;
                this.messages =
                        new VectorMessages(from.getVectorSchemaRoot(), from, cut, true, allocator);
            }
        } catch (Throwable failure) {
            closeOpened(failure);
            throw failure;
        }
    }

    private ArrowReader reader(VectorSource source) throws IOException {
        return switch (source) {
            case VectorSource.OfReader(ArrowReader given) -> given;
            case VectorSource.OfChannel(ReadableByteChannel channel) -> stream(channel);
            case VectorSource.OfFile(Path path) -> {
                FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
                opened.push(file);
                yield isFile(file) ? file(file) : stream(file);
            }
            case VectorSource.OfRoot _ -> throw new IllegalArgumentException("not to be read");
        };
    }

    private ArrowReader stream(ReadableByteChannel channel) throws IOException {
        ArrowReader stream =
                new ArrowStreamReader(
                        FormatPeek.asStream(channel),
                        allocator,
                        CommonsCompressionFactory.INSTANCE);
        opened.push(stream);
        return stream;
    }

    private ArrowReader file(FileChannel channel) {
        ArrowReader file =
                new ArrowFileReader(channel, allocator, CommonsCompressionFactory.INSTANCE);
        opened.push(file);
        return file;
    }

    /// A pipe has no position to read at, and is never a file.
    private static boolean isFile(FileChannel channel) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(MAGIC_BYTES);
        if (channel.size() < MAGIC_BYTES) {
            return false;
        }
        channel.read(head, 0);
        return FormatPeek.isFile(MemorySegment.ofBuffer(head.flip()));
    }

    /// Gives the schema message.
    public void schema(Taker taker) throws IOException {
        MessageGroup group = new MessageGroup();
        messages.schema(group);
        give(group, taker);
    }

    /// Gives the messages of the next batch; false when there is none.
    public boolean next(Taker taker) throws IOException {
        ArrowReader from = reader;
        if (from == null ? rootGiven : !from.loadNextBatch()) {
            return false;
        }
        rootGiven = true;
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
        IOException failure = new IOException("source cannot be closed");
        closeOpened(failure);
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }

    private void closeOpened(Throwable failure) {
        opened.addLast(allocator);
        for (AutoCloseable part = opened.poll(); part != null; part = opened.poll()) {
            try {
                part.close();
            } catch (Exception closing) {
                failure.addSuppressed(closing);
            }
        }
    }
}
