package dev.arrowshelf.server.rpc;

import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayDeque;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// One call of a client, as its handler acts on it.
///
/// Thread rule: every method on the connection's I/O thread, except [#io], [#background] and
/// [#isOver].
///
/// Memory rule: holds received bytes that its handler has not read yet; flow control bounds them by
/// the stream's window. Messages given to [#send] belong to the call.
public final class RpcCall {
    /* Order of events.

    A handler hears one thing at a time. Work that may block (opening files, waiting for memory, sealing) is given to [#work]; while it
    runs the call is busy: bytes that arrive wait, unread and not yet given back to flow control, so a fast client is held up rather than
    buffered. `ended` waits for the work too, so that a handler never has its resources taken away while it uses them. */
    private static final long MOST_UNSENT_BYTES = 4 << 20;
    private static final int MOST_UNSENT_MESSAGES = 2;

    private final RpcConnection connection;
    private final Http2Stream stream;
    private final Http2Headers headers;
    private final MessageFrames frames = new MessageFrames();
    private final ArrayDeque<ByteBuf> received = new ArrayDeque<>();
    private @Nullable RpcHandler handler;
    private @Nullable Future<?> deadline;
    private boolean busy;
    private boolean allReceived;
    private boolean halfClosedTold;
    private boolean headersSent;
    private boolean writableOwed;
    private boolean endedTold;
    private long unsentBytes;
    private int unsentMessages;
    private volatile boolean over;

    RpcCall(RpcConnection connection, Http2Stream stream, Http2Headers headers) {
        this.connection = connection;
        this.stream = stream;
        this.headers = headers;
    }

    /// Work of a call that may block, and what follows it on the I/O thread.
    @FunctionalInterface
    public interface Work {
        /// Does the work; an exception ends the call with its status.
        ///
        /// @return what to do next, on the I/O thread
        Runnable run() throws Exception;
    }

    /// Returns a header that the client sent, or null.
    public @Nullable String header(String name) {
        CharSequence value = headers.get(name);
        return value == null ? null : value.toString();
    }

    Http2Headers headers() {
        return headers;
    }

    /// Does work on another thread. Until it is done and its follow-up has run the handler hears
    /// nothing. When the call is over by then the follow-up does not run.
    public void work(Work work) {
        if (busy) {
            throw new IllegalStateException("call is busy");
        }
        busy = true;
        try {
            connection.workers().execute(() -> doWork(work));
        } catch (RejectedExecutionException closing) {
            worked(() -> fail(Status.UNAVAILABLE.withDescription("server is closing")));
        }
    }

    /// Runs something on a worker thread, whatever becomes of the call. From any thread.
    public void background(Runnable action) {
        try {
            connection.workers().execute(action);
        } catch (RejectedExecutionException closing) {
            action.run();
        }
    }

    /// Runs something on the I/O thread of this call. From any thread.
    public void io(Runnable action) {
        connection.execute(() -> act(action));
    }

    /// Returns whether the call is over: nothing that is sent arrives. From any thread.
    public boolean isOver() {
        return over;
    }

    /// Returns whether work is under way.
    boolean isBusy() {
        return busy;
    }

    /// Returns whether little enough waits to be written; otherwise [RpcHandler#writable()] tells
    /// when it is.
    public boolean isWritable() {
        return unsentMessages < MOST_UNSENT_MESSAGES || unsentBytes < MOST_UNSENT_BYTES;
    }

    /// Sends a message made of two parts, which are released when they are written.
    public void send(ByteBuf head, ByteBuf rest) {
        if (over) {
            head.release();
            rest.release();
            return;
        }
        sendHeaders();
        int bytes = Math.addExact(head.readableBytes(), rest.readableBytes());
        unsentBytes += bytes;
        unsentMessages++;
        connection.writeMessage(stream, head, rest, () -> written(bytes));
    }

    /// Sends the headers of the answer, if that was not done.
    public void sendHeaders() {
        if (!headersSent && !over) {
            headersSent = true;
            connection.writeHeaders(stream);
        }
    }

    /// Ends the call well.
    public void finish() {
        fail(Status.OK);
    }

    /// Ends the call with the status of a failure.
    public void fail(Throwable failure) {
        connection.report(failure);
        fail(Statuses.of(failure));
    }

    /// Ends the call with a status.
    public void fail(Status status) {
        if (!over) {
            over = true;
            connection.writeTrailers(stream, Statuses.trailers(status), !headersSent, allReceived);
            end();
        }
    }

    /// Makes the handler and tells it what is known.
    void start(RpcMethod method, boolean last) {
        CharSequence timeout = headers.get("grpc-timeout");
        if (timeout != null) {
            deadline = connection.schedule(this::expire, Timeout.nanos(timeout.toString()));
        }
        handler = method.start(this);
        received(Unpooled.EMPTY_BUFFER, last);
    }

    private void expire() {
        fail(Status.DEADLINE_EXCEEDED.withDescription("deadline of the call has passed"));
        connection.flush();
    }

    /// Takes bytes from the client.
    void received(ByteBuf data, boolean last) {
        allReceived |= last;
        if (over) {
            connection.consumed(stream, data.readableBytes());
            return;
        }
        if (data.isReadable()) {
            received.addLast(data.retain());
        }
        act(() -> {});
    }

    /// The stream is gone.
    void closed() {
        over = true;
        end();
    }

    private void doWork(Work work) {
        Runnable next;
        try {
            next = work.run();
        } catch (Throwable failure) {
            next = () -> fail(failure);
        }
        Runnable then = next;
        connection.execute(() -> worked(then));
    }

    private void worked(Runnable then) {
        busy = false;
        if (over) {
            end();
        } else {
            act(then);
        }
    }

    /// Does something for the handler, then tells it what has happened meanwhile.
    private void act(Runnable action) {
        try {
            action.run();
            tell();
        } catch (Throwable failure) {
            fail(failure);
        }
        connection.flush();
    }

    private void tell() {
        RpcHandler told = handler;
        if (told == null) {
            return;
        }
        while (!busy && !over) {
            ByteBuf next = received.pollFirst();
            if (next == null) {
                frames.read(Unpooled.EMPTY_BUFFER, told, this);
                break;
            }
            tellReceived(next, told);
        }
        if (!busy && !over && writableOwed && isWritable()) {
            writableOwed = false;
            told.writable();
        }
        if (!busy && !over && allReceived && received.isEmpty() && !halfClosedTold) {
            tellHalfClosed(told);
        }
    }

    private void tellReceived(ByteBuf bytes, RpcHandler told) {
        int before = bytes.readableBytes();
        try {
            frames.read(bytes, told, this);
        } finally {
            connection.consumed(stream, before - bytes.readableBytes());
            if (bytes.isReadable() && !over) {
                received.addFirst(bytes);
            } else {
                bytes.release();
            }
        }
    }

    private void tellHalfClosed(RpcHandler told) {
        halfClosedTold = true;
        if (frames.isInsideMessage()) {
            fail(Status.INVALID_ARGUMENT.withDescription("client stopped inside a message"));
        } else {
            told.halfClosed();
        }
    }

    private void written(int bytes) {
        unsentBytes -= bytes;
        unsentMessages--;
        if (!over && isWritable()) {
            writableOwed = true;
            act(() -> {});
        }
    }

    private void end() {
        Future<?> expiry = deadline;
        if (expiry != null) {
            deadline = null;
            expiry.cancel(false);
        }
        received.forEach(ByteBuf::release);
        received.clear();
        RpcHandler told = handler;
        if (told == null || endedTold) {
            return;
        }
        if (busy) {
            told.abandoned();
        } else {
            endedTold = true;
            told.ended();
        }
    }
}
