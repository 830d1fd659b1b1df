package dev.arrowshelf.server.rpc;

import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One client's HTTP/2 connection: begins a call for each stream, and writes what calls send.
///
/// Thread rule: everything on the channel's I/O thread, except [#execute] and [#report].
final class RpcConnection extends Http2ConnectionHandler {
    /* Flow control.

    A stream may have STREAM_WINDOW bytes under way, all streams together CONNECTION_WINDOW: that bounds the memory a client can make this
    process hold. Frames up to FRAME_BYTES save headers and wake-ups on both sides; the codec needs a frame whole, so they are not larger. */
    private static final Logger LOGGER = System.getLogger(RpcConnection.class.getName());
    private static final int FRAME_BYTES = 64 << 10;
    private static final int STREAM_WINDOW = 4 << 20;
    private static final int CONNECTION_WINDOW = 32 << 20;
    private static final int STREAM_LIMIT = 1024;
    private static final int HEADER_LIST_BYTES = 64 << 10;
    private static final int PREFIX_BYTES = 5;
    private static final AsciiString CONTENT_TYPE = AsciiString.cached("application/grpc");

    private final RpcRoutes routes;
    private final Executor workers;
    private final Http2Connection.PropertyKey callKey;
    private @Nullable ChannelHandlerContext context;
    private boolean reading;
    private boolean windowRaised;

    private RpcConnection(
            Http2ConnectionDecoder decoder,
            Http2ConnectionEncoder encoder,
            Http2Settings settings,
            RpcRoutes routes,
            Executor workers) {
        super(decoder, encoder, settings);
        this.routes = routes;
        this.workers = workers;
        this.callKey = connection().newKey();
        connection().addListener(new StreamEnds());
    }

    /// Returns the handler of a new connection.
    ///
    /// @param workers do the work of calls that may block
    /// @param closeDeadline how long calls may go on after the channel is asked to close
    static RpcConnection create(RpcRoutes routes, Executor workers, Duration closeDeadline) {
        return new Builder(routes, workers, closeDeadline).build();
    }

    Executor workers() {
        return workers;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) throws Exception {
        context = added;
        super.handlerAdded(added);
        raiseWindow(added);
    }

    @Override
    public void channelActive(ChannelHandlerContext active) throws Exception {
        super.channelActive(active);
        raiseWindow(active);
    }

    /// Lets the whole connection have more bytes under way than the protocol starts with; SETTINGS
    /// cannot say so.
    private void raiseWindow(ChannelHandlerContext ready) throws Http2Exception {
        if (ready.channel().isActive() && !windowRaised) {
            windowRaised = true;
            decoder()
                    .flowController()
                    .incrementWindowSize(connection().connectionStream(), CONNECTION_WINDOW);
            flush(ready);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext reader, Object message) throws Exception {
        reading = true;
        super.channelRead(reader, message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext reader) throws Exception {
        reading = false;
        super.channelReadComplete(reader);
    }

    /// Runs an action on the I/O thread. From any thread.
    void execute(Runnable action) {
        context().executor().execute(action);
    }

    /// Runs an action on the I/O thread after some time.
    Future<?> schedule(Runnable action, long nanos) {
        return context().executor().schedule(action, nanos, TimeUnit.NANOSECONDS);
    }

    /// Writes what waits, unless the end of the present read does so anyway.
    void flush() {
        if (!reading) {
            flush(context());
        }
    }

    /// Gives bytes that a call has read back to flow control.
    void consumed(Http2Stream stream, int bytes) {
        try {
            decoder().flowController().consumeBytes(stream, bytes);
        } catch (Http2Exception failure) {
            onError(context(), false, failure);
        }
    }

    void writeHeaders(Http2Stream stream) {
        Http2Headers headers = new DefaultHttp2Headers().status("200");
        headers.set("content-type", CONTENT_TYPE);
        ChannelHandlerContext writer = context();
        ChannelFuture _ =
                encoder().writeHeaders(writer, stream.id(), headers, 0, false, writer.newPromise());
    }

    /// Writes a message with its prefix.
    void writeMessage(Http2Stream stream, ByteBuf head, ByteBuf rest, Runnable written) {
        ChannelHandlerContext writer = context();
        ByteBuf prefix = writer.alloc().buffer(PREFIX_BYTES, PREFIX_BYTES);
        prefix.writeByte(0).writeInt(head.readableBytes() + rest.readableBytes());
        ChannelPromise done = writer.newPromise().addListener(_ -> written.run());
        write(stream, prefix, writer.newPromise());
        if (rest.isReadable()) {
            write(stream, head, writer.newPromise());
            write(stream, rest, done);
        } else {
            rest.release();
            write(stream, head, done);
        }
    }

    private void write(Http2Stream stream, ByteBuf bytes, ChannelPromise done) {
        ChannelFuture _ = encoder().writeData(context(), stream.id(), bytes, 0, false, done);
    }

    /// Ends a stream.
    ///
    /// @param alone nothing was sent before: the trailers are the whole answer
    /// @param allReceived the client has ended its side; otherwise it is told to stop
    void writeTrailers(
            Http2Stream stream, Http2Headers trailers, boolean alone, boolean allReceived) {
        if (alone) {
            trailers.status("200").set("content-type", CONTENT_TYPE);
        }
        ChannelHandlerContext writer = context();
        ChannelFuture written =
                encoder().writeHeaders(writer, stream.id(), trailers, 0, true, writer.newPromise());
        if (!allReceived) {
            ChannelFuture _ = written.addListener(_ -> reset(writer, stream));
        }
    }

    /// Tells a client that goes on sending to stop.
    private void reset(ChannelHandlerContext writer, Http2Stream stream) {
        ChannelFuture _ =
                resetStream(writer, stream.id(), Http2Error.NO_ERROR.code(), writer.newPromise());
        flush();
    }

    /// Logs a failure that is not the client's.
    void report(Throwable failure) {
        if (Statuses.of(failure).getCode() == Status.Code.INTERNAL) {
            LOGGER.log(Level.ERROR, "call failed", failure);
        }
    }

    @Override
    protected void onConnectionError(
            ChannelHandlerContext failed,
            boolean outbound,
            Throwable cause,
            @Nullable Http2Exception error) {
        LOGGER.log(Level.DEBUG, "connection failed", cause);
        super.onConnectionError(failed, outbound, cause, error);
    }

    private ChannelHandlerContext context() {
        ChannelHandlerContext known = context;
        if (known == null) {
            throw new IllegalStateException("connection is not in a pipeline yet");
        }
        return known;
    }

    private void begin(int streamId, Http2Headers headers, boolean last) {
        Http2Stream stream = connection().stream(streamId);
        RpcCall known = stream.getProperty(callKey);
        if (known != null) {
            known.received(Unpooled.EMPTY_BUFFER, last); // the client's trailers
            return;
        }
        RpcCall call = new RpcCall(this, stream, headers);
        stream.setProperty(callKey, call);
        try {
            call.start(route(headers), last);
        } catch (RuntimeException failure) {
            call.fail(failure);
            flush();
        }
    }

    private RpcMethod route(Http2Headers headers) {
        CharSequence type = headers.get("content-type");
        if (type == null || !type.toString().startsWith(CONTENT_TYPE.toString())) {
            throw Status.UNIMPLEMENTED
                    .withDescription("not a gRPC call: content-type=" + type)
                    .asRuntimeException();
        }
        CharSequence path = headers.path();
        RpcMethod method = path == null ? null : routes.find(path);
        if (method == null) {
            throw Status.UNIMPLEMENTED
                    .withDescription("no such method: path=" + path)
                    .asRuntimeException();
        }
        return method;
    }

    private @Nullable RpcCall call(Http2Stream stream) {
        return stream.getProperty(callKey);
    }

    /// Hears the frames of the client.
    private final class Frames extends Http2FrameAdapter {
        @Override
        public void onHeadersRead(
                ChannelHandlerContext reader,
                int streamId,
                Http2Headers headers,
                int dependency,
                short weight,
                boolean exclusive,
                int padding,
                boolean last) {
            begin(streamId, headers, last);
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext reader,
                int streamId,
                Http2Headers headers,
                int padding,
                boolean last) {
            begin(streamId, headers, last);
        }

        @Override
        public int onDataRead(
                ChannelHandlerContext reader,
                int streamId,
                ByteBuf data,
                int padding,
                boolean last) {
            RpcCall call = call(connection().stream(streamId));
            if (call == null) {
                return data.readableBytes() + padding;
            }
            call.received(data, last);
            return padding;
        }
    }

    /// Hears the ends of streams, whatever ended them.
    private final class StreamEnds extends Http2ConnectionAdapter {
        @Override
        public void onStreamClosed(Http2Stream stream) {
            RpcCall call = call(stream);
            if (call != null) {
                call.closed();
            }
        }
    }

    private static final class Builder
            extends AbstractHttp2ConnectionHandlerBuilder<RpcConnection, Builder> {
        private final RpcRoutes routes;
        private final Executor workers;

        Builder(RpcRoutes routes, Executor workers, Duration closeDeadline) {
            this.routes = routes;
            this.workers = workers;
            server(true);
            frameListener(new Http2FrameAdapter());
            gracefulShutdownTimeoutMillis(closeDeadline.toMillis());
            initialSettings(
                    new Http2Settings()
                            .maxFrameSize(FRAME_BYTES)
                            .initialWindowSize(STREAM_WINDOW)
                            .maxConcurrentStreams(STREAM_LIMIT)
                            .maxHeaderListSize(HEADER_LIST_BYTES));
        }

        @Override
        protected RpcConnection build(
                Http2ConnectionDecoder decoder,
                Http2ConnectionEncoder encoder,
                Http2Settings settings) {
            RpcConnection connection =
                    new RpcConnection(decoder, encoder, settings, routes, workers);
            frameListener(connection.new Frames());
            return connection;
        }

        @Override
        protected RpcConnection build() {
            return super.build();
        }
    }
}
