package dev.arrowshelf.store.table.put;

import dev.arrowshelf.store.table.VectorSource;
import dev.arrowshelf.store.table.encode.EncodedReader;
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
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.jspecify.annotations.Nullable;

/// A source of rows as a root that fills: what a reader reads, or a root that is filled already.
///
/// One thread. Owns what it opens to read the source, not the source.
final class OpenedSource implements AutoCloseable {
    private static final int MAGIC_BYTES = 6;

    private final BufferAllocator allocator;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final VectorSchemaRoot root;
    private final DictionaryProvider dictionaries;
    private final @Nullable ArrowReader reader;
    private boolean rootGiven;

    /// Reads nothing but the schema, or, when text is to be encoded, the first batch.
    ///
    /// @param encodesText whether text columns that repeat themselves become dictionaries
    OpenedSource(VectorSource source, boolean encodesText, BufferAllocator allocator)
            throws IOException {
        this.allocator = allocator;
        try {
            ArrowReader plain = reader(source);
            this.reader = encodesText ? encoded(source, plain) : plain;
            if (reader != null) {
                this.root = reader.getVectorSchemaRoot();
                this.dictionaries = reader;
            } else if (source
                    instanceof
                    VectorSource.OfRoot(VectorSchemaRoot filled, DictionaryProvider given)) {
                this.root = filled;
                this.dictionaries = given;
            } else {
                throw new IllegalArgumentException("source has no reader: source=" + source);
            }
        } catch (Throwable failure) {
            closeOpened(failure);
            throw failure;
        }
    }

    private ArrowReader encoded(VectorSource source, @Nullable ArrowReader plain)
            throws IOException {
        ArrowReader encoded;
        if (plain != null) {
            encoded = new EncodedReader(plain, allocator);
        } else if (source
                instanceof VectorSource.OfRoot(VectorSchemaRoot filled, DictionaryProvider given)) {
            encoded = new EncodedReader(filled, given, allocator);
        } else {
            throw new IllegalArgumentException("source has no reader: source=" + source);
        }
        opened.push(encoded);
        return encoded;
    }

    private @Nullable ArrowReader reader(VectorSource source) throws IOException {
        return switch (source) {
            case VectorSource.OfReader(ArrowReader given) -> given;
            case VectorSource.OfChannel(ReadableByteChannel channel) -> stream(channel);
            case VectorSource.OfFile(Path path) -> {
                FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
                opened.push(file);
                yield isFile(file) ? file(file) : stream(file);
            }
            case VectorSource.OfRoot _ -> null;
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

    /// Returns the root that [#next] fills.
    VectorSchemaRoot root() {
        return root;
    }

    /// Returns the values of the root's dictionary-encoded columns.
    DictionaryProvider dictionaries() {
        return dictionaries;
    }

    /// Returns whether the root is filled more than once.
    boolean isReader() {
        return reader != null;
    }

    /// Fills the root with the next batch; false when there is none.
    boolean next() throws IOException {
        ArrowReader from = reader;
        if (from != null) {
            return from.loadNextBatch();
        }
        boolean first = !rootGiven;
        rootGiven = true;
        return first;
    }

    @Override
    public void close() throws IOException {
        IOException failure = new IOException("source cannot be closed");
        closeOpened(failure);
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }

    private void closeOpened(Throwable failure) {
        for (AutoCloseable part = opened.poll(); part != null; part = opened.poll()) {
            try {
                part.close();
            } catch (Exception closing) {
                failure.addSuppressed(closing);
            }
        }
    }
}
