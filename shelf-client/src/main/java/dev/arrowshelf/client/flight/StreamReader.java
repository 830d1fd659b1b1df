package dev.arrowshelf.client.flight;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.batch.MessageSchema;
import java.io.IOException;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Reads what a ticket names, batch by batch, as it comes over the network.
///
/// One thread at a time.
final class StreamReader extends ArrowReader {
    private final FrameReceiver frames;
    private long bytesRead;

    StreamReader(FlightLink link, Flight.Ticket ticket, BufferAllocator allocator) {
        super(allocator);
        this.frames = new FrameReceiver(link, ticket, allocator);
    }

    @Override
    protected void initialize() throws IOException {
        MessageSchema.makeVectors(super::initialize);
    }

    @Override
    public boolean loadNextBatch() throws IOException {
        prepareLoadNextBatch();
        for (IncomingFrame frame = next(); frame != null; frame = next()) {
            bytesRead += frame.body().capacity();
            switch (frame.message().headerType()) {
                case MessageHeader.RecordBatch -> {
                    loadRecordBatch(
                            MessageSerializer.deserializeRecordBatch(
                                    frame.message(), frame.body()));
                    return true;
                }
                case MessageHeader.DictionaryBatch ->
                        loadDictionary(
                                MessageSerializer.deserializeDictionaryBatch(
                                        frame.message(), frame.body()));
                default -> {
                    frame.close();
                    throw unexpected(frame);
                }
            }
        }
        return false;
    }

    @Override
    protected Schema readSchema() throws IOException {
        try (IncomingFrame frame = next()) {
            if (frame == null || frame.message().headerType() != MessageHeader.Schema) {
                throw unexpected(frame);
            }
            return MessageSchema.of(frame.message());
        }
    }

    private @Nullable IncomingFrame next() throws IOException {
        try {
            return frames.next();
        } catch (InterruptedException interruption) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for the server", interruption);
        }
    }

    private static ShelfException unexpected(@Nullable IncomingFrame frame) {
        return new ShelfException(
                ErrorCode.PROTOCOL,
                "server sent an unexpected message: type="
                        + (frame == null ? "none" : frame.message().headerType()));
    }

    @Override
    public long bytesRead() {
        return bytesRead;
    }

    @Override
    protected void closeReadSource() {
        frames.close();
    }
}
