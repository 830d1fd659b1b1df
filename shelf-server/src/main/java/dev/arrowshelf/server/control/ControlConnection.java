package dev.arrowshelf.server.control;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.LongAdder;

/// One client's connection: reads a frame, has it answered, writes the reply, one after the other
/// on a thread of its own.
///
/// Thread rule: [#run] on one thread; [#close] from any. Memory rule: owns the channel and its
/// buffers; ending aborts the open puts.
final class ControlConnection implements Runnable, AutoCloseable {
    /// Greatest length of a frame, bytes.
    static final int FRAME_LIMIT = 64 << 20;

    private static final Logger LOGGER = System.getLogger(ControlConnection.class.getName());
    private static final int LENGTH_BYTES = 4;
    private static final int HEADER_BYTES = 8;
    private static final int USUAL_BYTES = 128 << 10;
    private static final int GROWTH = 4;

    private final SocketChannel channel;
    private final VerbHandler handler;
    private final LongAdder requests;
    private final Reply reply = new Reply();
    private ByteBuffer received =
            ByteBuffer.allocateDirect(USUAL_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    /// @param requests counts what is asked
    ControlConnection(SocketChannel channel, VerbHandler handler, LongAdder requests) {
        this.channel = channel;
        this.handler = handler;
        this.requests = requests;
    }

    @Override
    public void run() {
        try (channel;
                handler) {
            while (receive()) {
                answer();
                if (handler.isShutdownWanted()) {
                    handler.shutDown();
                    return;
                }
            }
        } catch (ClosedChannelException _) {
            // closed by this server
        } catch (IOException failure) {
            LOGGER.log(Level.DEBUG, "control connection broke", failure);
        }
    }

    /// Reads one whole frame into the receive buffer; false at the end of the connection.
    private boolean receive() throws IOException {
        if (received.capacity() > USUAL_BYTES) {
            received = ByteBuffer.allocateDirect(USUAL_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        }
        received.clear();
        if (!fill(HEADER_BYTES)) {
            return false;
        }
        long length = Integer.toUnsignedLong(received.getInt(0)) + LENGTH_BYTES;
        if (length < HEADER_BYTES || length > FRAME_LIMIT + LENGTH_BYTES) {
            refuse("frame length out of range: bytes=" + length + ", greatest=" + FRAME_LIMIT);
            return false;
        }
        while (received.position() < length) {
            makeRoom((int) length);
            if (!fill((int) Math.min(length, received.capacity()))) {
                return false;
            }
        }
        if (received.position() > length) {
            refuse(
                    "request sent before the reply to the one before it: bytes="
                            + (received.position() - length));
            return false;
        }
        return true;
    }

    /// Makes a full buffer larger, but not much larger than what has come: a length is claimed
    /// easily.
    private void makeRoom(int length) {
        if (received.position() < received.capacity()) {
            return;
        }
        int bytes = Math.min(length, GROWTH * received.capacity());
        received =
                ByteBuffer.allocateDirect(bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .put(received.flip());
    }

    private boolean fill(int bytes) throws IOException {
        while (received.position() < bytes) {
            if (channel.read(received) < 0) {
                return false;
            }
        }
        return true;
    }

    private void answer() throws IOException {
        int code = Short.toUnsignedInt(received.getShort(LENGTH_BYTES));
        MemorySegment payload =
                MemorySegment.ofBuffer(received.flip()).asSlice(HEADER_BYTES).asReadOnly();
        requests.increment();
        reply.begin();
        try {
            handler.handle(Verb.of(code), new Request(payload), reply);
        } catch (ShelfException failure) {
            if (failure.code() == ErrorCode.INTERNAL) {
                LOGGER.log(Level.ERROR, "request failed: verb=" + code, failure);
            }
            reply.fail(failure.code(), String.valueOf(failure.getMessage()));
        } catch (RuntimeException failure) {
            LOGGER.log(Level.ERROR, "request failed: verb=" + code, failure);
            reply.fail(ErrorCode.INTERNAL, "request failed: " + failure);
        }
        send(reply.finish());
    }

    private void refuse(String why) throws IOException {
        reply.fail(ErrorCode.PROTOCOL, why);
        send(reply.finish());
    }

    private void send(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /// Ends the connection; its thread comes to an end by itself.
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
