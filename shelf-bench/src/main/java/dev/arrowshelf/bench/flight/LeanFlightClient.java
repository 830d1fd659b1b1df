package dev.arrowshelf.bench.flight;

import dev.arrowshelf.bench.flight.FlightSample.Messages;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.concurrent.Future;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/// A Flight client that only moves bytes: what it measures is the server. It receives a table and
/// drops it, and sends the same batch from the same memory.
///
/// One calling thread.
public final class LeanFlightClient implements AutoCloseable {
    private static final int WINDOW = 8 << 20;
    private static final int FRAME_BYTES = 1 << 20;
    private static final int COLUMN_BYTES = FlightSample.ROWS * Double.BYTES;
    private static final long CALL_SECONDS = 120;

    private final EventLoopGroup io = new NioEventLoopGroup(1);
    private final Connection connection;
    private final Messages messages;
    private int nextStream = 1;

    /// Connects.
    public LeanFlightClient(int port, BufferAllocator allocator) throws InterruptedException {
        this.messages = FlightSample.messages(allocator);
        this.connection = new Builder().build();
        new Bootstrap()
                .group(io)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                channel.pipeline().addLast(connection);
                            }
                        })
                .connect("localhost", port)
                .sync();
    }

    /// Receives the table.
    ///
    /// @param checked whether the bytes are summed up
    /// @return the bytes of the answer, and the checksum of the last column when it was asked for
    public Received get(boolean checked) {
        return call(
                "DoGet",
                checked,
                (stream, call) ->
                        connection.send(
                                stream,
                                FlightSample.ticket(),
                                Unpooled.EMPTY_BUFFER,
                                () -> {},
                                true));
    }

    /// Sends so many batches.
    public void put(int batches) {
        call(
                "DoPut",
                false,
                (stream, call) -> {
                    connection.send(
                            stream,
                            messages.schema().retainedDuplicate(),
                            Unpooled.EMPTY_BUFFER,
                            () -> {},
                            false);
                    sendBatches(stream, batches);
                });
    }

    private void sendBatches(int stream, int left) {
        if (left == 0) {
            connection.end(stream);
        } else {
            connection.send(
                    stream,
                    messages.head().retainedDuplicate(),
                    messages.body().retainedDuplicate(),
                    () -> sendBatches(stream, left - 1),
                    false);
        }
    }

    /// What a call received.
    ///
    /// @param bytes bytes of all messages
    /// @param checksum of the last column, which every server sends last
    public record Received(long bytes, long checksum) {}

    /// Returns the checksum of the last column, to compare with.
    public long expectedChecksum() {
        return checksum(messages.body());
    }

    private static long checksum(ByteBuf bytes) {
        CRC32C sum = new CRC32C();
        sum.update(bytes.nioBuffer(bytes.writerIndex() - COLUMN_BYTES, COLUMN_BYTES));
        return sum.getValue();
    }

    private interface Start {
        void begin(int stream, Call call);
    }

    private Received call(String method, boolean checked, Start start) {
        int stream = nextStream;
        nextStream += 2;
        Call call = new Call(checked);
        Future<?> _ =
                io.submit(() -> {
                    connection.begin(stream, method, call);
                    start.begin(stream, call);
                });
        try {
            return call.done.get(CALL_SECONDS, TimeUnit.SECONDS);
        } catch (Exception failure) {
            throw new IllegalStateException("call failed: method=" + method, failure);
        }
    }

    @Override
    public void close() {
        io.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /// One call under way. Keeps the end of what comes where it is to be summed up.
    private static final class Call {
        private final CompletableFuture<Received> done = new CompletableFuture<>();
        private final boolean checked;
        private final ByteBuf tail = Unpooled.directBuffer();
        private long bytes;

        Call(boolean checked) {
            this.checked = checked;
        }

        void received(ByteBuf data) {
            bytes += data.readableBytes();
            if (checked) {
                if (tail.readableBytes() > 2 * COLUMN_BYTES) {
                    tail.skipBytes(COLUMN_BYTES).discardReadBytes();
                }
                tail.writeBytes(data);
            }
        }

        void end(Http2Headers trailers) {
            if (!"0".contentEquals(String.valueOf(trailers.get("grpc-status")))) {
                done.completeExceptionally(
                        new IllegalStateException("server answered: " + trailers));
                return;
            }
            done.complete(new Received(bytes, checked ? checksum(tail) : 0));
            tail.release();
        }
    }

    private static final class Connection extends Http2ConnectionHandler {
        private @Nullable ChannelHandlerContext known;
        private Call call = new Call(false);

        Connection(
                Http2ConnectionDecoder decoder,
                Http2ConnectionEncoder encoder,
                Http2Settings settings) {
            super(decoder, encoder, settings);
        }

        @Override
        public void handlerAdded(ChannelHandlerContext added) throws Exception {
            known = added;
            super.handlerAdded(added);
        }

        @Override
        public void channelActive(ChannelHandlerContext active) throws Exception {
            super.channelActive(active);
            decoder().flowController().incrementWindowSize(connection().connectionStream(), WINDOW);
            flush(active);
        }

        private ChannelHandlerContext context() {
            return Objects.requireNonNull(known, "not connected");
        }

        void begin(int stream, String method, Call next) {
            call = next;
            ChannelHandlerContext context = context();
            Http2Headers headers =
                    new DefaultHttp2Headers()
                            .method("POST")
                            .scheme("http")
                            .authority("localhost")
                            .path("/arrow.flight.protocol.FlightService/" + method);
            headers.set("content-type", "application/grpc").set("te", "trailers");
            ChannelFuture _ =
                    encoder()
                            .writeHeaders(context, stream, headers, 0, false, context.newPromise());
        }

        void send(int stream, ByteBuf head, ByteBuf body, Runnable sent, boolean last) {
            ChannelHandlerContext context = context();
            ByteBuf prefix =
                    context.alloc()
                            .buffer(5)
                            .writeByte(0)
                            .writeInt(head.readableBytes() + body.readableBytes());
            ChannelFuture _ =
                    encoder().writeData(context, stream, prefix, 0, false, context.newPromise());
            ChannelPromise done = context.newPromise().addListener(_ -> sent.run());
            if (body.isReadable()) {
                ChannelFuture _ =
                        encoder().writeData(context, stream, head, 0, false, context.newPromise());
                ChannelFuture _ = encoder().writeData(context, stream, body, 0, last, done);
            } else {
                ChannelFuture _ = encoder().writeData(context, stream, head, 0, last, done);
            }
            flush(context);
        }

        void end(int stream) {
            ChannelHandlerContext context = context();
            ChannelFuture _ =
                    encoder()
                            .writeData(
                                    context,
                                    stream,
                                    Unpooled.EMPTY_BUFFER,
                                    0,
                                    true,
                                    context.newPromise());
            flush(context);
        }

        private final class Frames extends Http2FrameAdapter {
            @Override
            public void onHeadersRead(
                    ChannelHandlerContext reader,
                    int stream,
                    Http2Headers headers,
                    int padding,
                    boolean last) {
                if (last) {
                    call.end(headers);
                }
            }

            @Override
            public void onHeadersRead(
                    ChannelHandlerContext reader,
                    int stream,
                    Http2Headers headers,
                    int dependency,
                    short weight,
                    boolean exclusive,
                    int padding,
                    boolean last) {
                onHeadersRead(reader, stream, headers, padding, last);
            }

            @Override
            public int onDataRead(
                    ChannelHandlerContext reader,
                    int stream,
                    ByteBuf data,
                    int padding,
                    boolean last)
                    throws Http2Exception {
                int bytes = data.readableBytes();
                call.received(data);
                return bytes + padding;
            }

            @Override
            public void onRstStreamRead(ChannelHandlerContext reader, int stream, long code) {
                call.done.completeExceptionally(
                        new IllegalStateException("stream was reset: code=" + code));
            }
        }
    }

    private static final class Builder
            extends AbstractHttp2ConnectionHandlerBuilder<Connection, Builder> {
        Builder() {
            server(false);
            frameListener(new Http2FrameAdapter());
            initialSettings(
                    new Http2Settings()
                            .maxFrameSize(FRAME_BYTES)
                            .initialWindowSize(WINDOW)
                            .pushEnabled(false));
        }

        @Override
        protected Connection build(
                Http2ConnectionDecoder decoder,
                Http2ConnectionEncoder encoder,
                Http2Settings settings) {
            Connection connection = new Connection(decoder, encoder, settings);
            frameListener(connection.new Frames());
            return connection;
        }

        @Override
        protected Connection build() {
            return super.build();
        }
    }
}
