package dev.arrowshelf.server.flight.message;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/// Messages that are all there already. Owns those that were not taken.
public final class GivenMessages implements MessageSource {
    private static final long MOST_BODY_BYTES = 8L << 20;

    private final Deque<FlightMessage> left;

    public GivenMessages(List<FlightMessage> messages) {
        this.left = new ArrayDeque<>(messages);
    }

    /// Returns the messages of a root's rows, which are copied.
    public static List<FlightMessage> of(VectorSchemaRoot root) {
        List<FlightMessage> messages = new ArrayList<>();
        try (ReaderSource source =
                new ReaderSource(new OneBatch(root), MOST_BODY_BYTES, () -> {})) {
            boolean more = true;
            while (more) {
                more = source.next(messages::add);
            }
            return messages;
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    @Override
    public boolean next(Consumer<FlightMessage> taker) {
        FlightMessage next = left.poll();
        if (next == null) {
            return false;
        }
        taker.accept(next);
        return true;
    }

    @Override
    public void close() {
        left.forEach(FlightMessage::release);
        left.clear();
    }

    /// Gives the rows of a root once; the root stays the caller's.
    private static final class OneBatch extends ArrowReader {
        private final Schema schema;
        private final ArrowRecordBatch batch;
        private boolean given;

        OneBatch(VectorSchemaRoot root) {
            super(root.getFieldVectors().getFirst().getAllocator());
            this.schema = root.getSchema();
            this.batch = new VectorUnloader(root).getRecordBatch();
        }

        @Override
        public boolean loadNextBatch() throws IOException {
            if (given) {
                return false;
            }
            given = true;
            new VectorLoader(getVectorSchemaRoot()).load(batch);
            return true;
        }

        @Override
        public long bytesRead() {
            return batch.computeBodyLength();
        }

        @Override
        protected Schema readSchema() {
            return schema;
        }

        @Override
        protected void closeReadSource() {
            batch.close();
        }
    }
}
