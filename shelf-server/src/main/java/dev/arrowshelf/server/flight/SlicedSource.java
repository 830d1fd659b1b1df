package dev.arrowshelf.server.flight;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import dev.arrowshelf.store.table.put.SliceMessages;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/// Some columns and rows, or batches that are too large for one message: cut and copied.
final class SlicedSource implements MessageSource {
    /// About the longest body that is sent in one message.
    static final long MOST_BODY_BYTES = 64L << 20;

    private static final long LONGEST_MESSAGE = Integer.MAX_VALUE - (1 << 20);

    private final SharedTable shared;
    private final SliceMessages messages;
    private boolean schemaGiven;

    /// Takes over a count of the table.
    SlicedSource(SharedTable shared, TableSlice slice) throws IOException {
        ShelfTable table = shared.table();
        this.messages = new SliceMessages(table.reader(slice), MOST_BODY_BYTES);
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

    private static ByteBuf copy(IpcMessage message, SliceMessages.Body body) {
        if (message.bodyBytes() > LONGEST_MESSAGE) {
            throw new ShelfException(
                    ErrorCode.UNSUPPORTED_IPC,
                    "a single row is too long for a Flight message: bytes=" + message.bodyBytes());
        }
        int bytes = (int) message.bodyBytes();
        ByteBuf copy = PooledByteBufAllocator.DEFAULT.directBuffer(bytes, bytes);
        try {
            copy.setZero(0, bytes).writerIndex(bytes);
            body.writeTo(MemorySegment.ofBuffer(copy.nioBuffer(0, bytes)));
            return copy;
        } catch (Throwable failure) {
            copy.release();
            throw failure;
        }
    }

    @Override
    public void close() throws IOException {
        try (messages) {
            shared.release();
        }
    }
}
