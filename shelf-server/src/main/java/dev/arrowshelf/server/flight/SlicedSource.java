package dev.arrowshelf.server.flight;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.TableSlice;
import dev.arrowshelf.store.table.VectorSource;
import dev.arrowshelf.store.table.put.SourceMessages;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.apache.arrow.vector.ipc.ArrowReader;

/// Some columns and rows, or batches that are too large for one message: cut and copied.
final class SlicedSource implements MessageSource {
    /// About the longest body that is sent in one message.
    static final long MOST_BODY_BYTES = 64L << 20;

    private static final long LONGEST_MESSAGE = Integer.MAX_VALUE - (1 << 20);

    private final SharedTable shared;
    private final ArrowReader reader;
    private final SourceMessages messages;
    private boolean schemaGiven;

    /// Takes over a count of the table.
    SlicedSource(SharedTable shared, TableSlice slice) throws IOException {
        this.reader = shared.table().reader(slice);
        try {
            this.messages = new SourceMessages(VectorSource.of(reader), MOST_BODY_BYTES);
        } catch (Throwable failure) {
            reader.close();
            throw failure;
        }
        this.shared = shared;
    }

    @Override
    public boolean next(Consumer<FlightMessage> taker) throws IOException {
        if (!schemaGiven) {
            schemaGiven = true;
            messages.schema((message, _) -> taker.accept(FlightMessage.of(message)));
            return true;
        }
        return messages.next(
                (message, body) -> taker.accept(FlightMessage.of(message, copy(message, body))));
    }

    private static ByteBuf copy(IpcMessage message, SourceMessages.Body body) {
        if (message.bodyBytes() > LONGEST_MESSAGE) {
            throw new ShelfException(
                    ErrorCode.UNSUPPORTED_IPC,
                    "a single row is too long for a Flight message: bytes=" + message.bodyBytes());
        }
        int bytes = (int) message.bodyBytes();
        ByteBuf copy = PooledByteBufAllocator.DEFAULT.directBuffer(bytes, bytes);
        try {
            copy.setZero(0, bytes).writerIndex(bytes);
            MemorySegment target = MemorySegment.ofBuffer(copy.nioBuffer(0, bytes));
            body.forEach((offset, piece) ->
                    MemorySegment.copy(piece, 0, target, offset, piece.byteSize()));
            return copy;
        } catch (Throwable failure) {
            copy.release();
            throw failure;
        }
    }

    @Override
    public void close() throws IOException {
        try (reader;
                messages) {
            shared.release();
        }
    }
}
