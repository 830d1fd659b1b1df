package dev.arrowshelf.server.sql;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/// The first batches of a reader, taken to see whether they are all. One thread; owns the batches
/// until [#close()], the reader stays the caller's.
final class FirstBatches implements AutoCloseable {
    /// The most bytes that travel in an answer.
    static final long INLINE_BYTES = 1 << 20;

    private final ArrowReader source;
    private final BufferAllocator allocator;
    private final Deque<ArrowRecordBatch> batches;
    private final boolean all;

    private FirstBatches(
            ArrowReader source,
            BufferAllocator allocator,
            Deque<ArrowRecordBatch> batches,
            boolean all) {
        this.source = source;
        this.allocator = allocator;
        this.batches = batches;
        this.all = all;
    }

    static FirstBatches take(ArrowReader source) throws IOException {
        Deque<ArrowRecordBatch> batches = new ArrayDeque<>();
        try {
            VectorSchemaRoot root = source.getVectorSchemaRoot();
            VectorUnloader unloader = new VectorUnloader(root);
            long bytes = 0;
            boolean more = true;
            while (bytes <= INLINE_BYTES) {
                more = source.loadNextBatch();
                if (!more) {
                    break;
                }
                ArrowRecordBatch batch = unloader.getRecordBatch();
                batches.add(batch);
                bytes += batch.computeBodyLength();
            }
            // a result has at least one column
            BufferAllocator allocator = root.getFieldVectors().getFirst().getAllocator();
            return new FirstBatches(source, allocator, batches, !more);
        } catch (Throwable failure) {
            batches.forEach(ArrowRecordBatch::close);
            throw failure;
        }
    }

    /// Returns whether the reader has no more.
    boolean isAll() {
        return all;
    }

    /// Returns an IPC stream of the batches.
    ByteBuffer stream() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        VectorSchemaRoot root = source.getVectorSchemaRoot();
        VectorLoader loader = new VectorLoader(root);
        try (ArrowStreamWriter writer =
                new ArrowStreamWriter(root, source, Channels.newChannel(bytes))) {
            writer.start();
            for (ArrowRecordBatch batch : batches) {
                loader.load(batch);
                writer.writeBatch();
            }
            writer.end();
        }
        return ByteBuffer.wrap(bytes.toByteArray());
    }

    /// Returns a reader of these batches and all that follow.
    ArrowReader reader() {
        return new Again();
    }

    @Override
    public void close() {
        batches.forEach(ArrowRecordBatch::close);
        batches.clear();
    }

    /// Gives the batches once more, in the source's own root, and goes on with the source.
    private final class Again extends ArrowReader {
        Again() {
            super(FirstBatches.this.allocator);
        }

        @Override
        public VectorSchemaRoot getVectorSchemaRoot() throws IOException {
            return source.getVectorSchemaRoot();
        }

        @Override
        public Map<Long, Dictionary> getDictionaryVectors() throws IOException {
            return source.getDictionaryVectors();
        }

        @Override
        public Dictionary lookup(long id) {
            return source.lookup(id);
        }

        @Override
        public Set<Long> getDictionaryIds() {
            return source.getDictionaryIds();
        }

        @Override
        public boolean loadNextBatch() throws IOException {
            ArrowRecordBatch batch = batches.poll();
            if (batch == null) {
                return source.loadNextBatch();
            }
            try (batch) {
                new VectorLoader(source.getVectorSchemaRoot()).load(batch);
            }
            return true;
        }

        @Override
        public long bytesRead() {
            return source.bytesRead();
        }

        @Override
        protected Schema readSchema() throws IOException {
            return source.getVectorSchemaRoot().getSchema();
        }

        @Override
        public void close(boolean closeReadSource) {
            closeReadSource();
        }

        @Override
        protected void closeReadSource() {
            // the source belongs to whoever took its first batches
        }
    }
}
