package dev.arrowshelf.server.flight.message;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.VectorSource;
import dev.arrowshelf.store.table.put.SourceMessages;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.apache.arrow.vector.ipc.ArrowReader;

/// The batches of a reader, cut to a greatest length and copied.
public final class ReaderSource implements MessageSource {
    private static final long LONGEST_MESSAGE = Integer.MAX_VALUE - (1 << 20);

    private final ArrowReader reader;
    private final SourceMessages messages;
    private final Runnable end;
    private final Runnable stop;
    private boolean schemaGiven;

    /// Takes over the reader.
    ///
    /// @param mostBodyBytes about the longest body that is sent in one message
    /// @param end run once when the reader is closed
    public ReaderSource(ArrowReader reader, long mostBodyBytes, Runnable end) throws IOException {
        this(reader, mostBodyBytes, end, () -> {});
    }

    /// @param stop makes the reader's work end early, from any thread
    public ReaderSource(ArrowReader reader, long mostBodyBytes, Runnable end, Runnable stop)
            throws IOException {
        try {
            this.messages = new SourceMessages(VectorSource.of(reader), mostBodyBytes, false);
        } catch (Throwable failure) {
            reader.close();
            throw failure;
        }
        this.reader = reader;
        this.end = end;
        this.stop = stop;
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
    public void stop() {
        stop.run();
    }

    @Override
    public void close() throws IOException {
        try (reader;
                messages) {
            end.run();
        }
    }
}
