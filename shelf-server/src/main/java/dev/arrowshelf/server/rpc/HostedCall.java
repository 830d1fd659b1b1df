package dev.arrowshelf.server.rpc;

import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A call to a method that is written against `io.grpc`: small messages, each kept whole. The
/// method's code runs on the worker threads and may block.
///
/// Thread rule: [RpcHandler] on the I/O thread; [ServerCall] from any thread.
final class HostedCall<Q, R> extends ServerCall<Q, R> implements RpcHandler {
    private static final int MESSAGE_LIMIT = 4 << 20;
    private static final int MOST_UNWRITTEN = 64;

    private final RpcCall call;
    private final MethodDescriptor<Q, R> method;
    private ByteBuf message = Unpooled.EMPTY_BUFFER;
    private @Nullable Listener<Q> listener;
    private final AtomicInteger unwritten = new AtomicInteger();
    private volatile boolean closed;

    private HostedCall(RpcCall call, MethodDescriptor<Q, R> method) {
        this.call = call;
        this.method = method;
    }

    /// Returns a method that hosts a definition.
    static <Q, R> RpcMethod method(ServerMethodDefinition<Q, R> definition) {
        return call -> {
            HostedCall<Q, R> hosted = new HostedCall<>(call, definition.getMethodDescriptor());
            Metadata headers = hosted.metadata();
            hosted.listener = definition.getServerCallHandler().startCall(hosted, headers);
            return hosted;
        };
    }

    private Metadata metadata() {
        Metadata metadata = new Metadata();
        for (Map.Entry<CharSequence, CharSequence> header : call.headers()) {
            String name = header.getKey().toString();
            if (!name.startsWith(":") && !name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
                metadata.put(
                        Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER),
                        header.getValue().toString());
            }
        }
        return metadata;
    }

    @Override
    public void messageBegins(long bytes) {
        if (bytes > MESSAGE_LIMIT) {
            throw Status.RESOURCE_EXHAUSTED
                    .withDescription(
                            "message too large: bytes=" + bytes + ", most=" + MESSAGE_LIMIT)
                    .asRuntimeException();
        }
        message = Unpooled.buffer((int) bytes);
    }

    @Override
    public void messagePart(ByteBuf part) {
        message.writeBytes(part);
    }

    @Override
    public void messageEnds() {
        ByteBuf whole = message;
        message = Unpooled.EMPTY_BUFFER;
        tell(told -> {
            told.onReady();
            told.onMessage(parsed(whole));
        });
    }

    private Q parsed(ByteBuf whole) {
        try (InputStream bytes = new ByteBufInputStream(whole)) {
            return method.parseRequest(bytes);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void halfClosed() {
        tell(Listener::onHalfClose);
    }

    private void tell(Consumer<Listener<Q>> event) {
        Listener<Q> told = listener;
        if (told != null) {
            call.work(() -> {
                event.accept(told);
                return () -> {};
            });
        }
    }

    @Override
    public void writable() {
        unwritten.set(0);
        tell(Listener::onReady);
    }

    @Override
    public void ended() {
        Listener<Q> told = listener;
        if (told == null) {
            return;
        }
        if (closed) {
            told.onComplete();
        } else {
            told.onCancel();
        }
    }

    @Override
    public void request(int messages) {
        // every message is told as it comes; the work before it holds the next one back
    }

    @Override
    public void sendHeaders(Metadata headers) {
        call.io(call::sendHeaders);
    }

    @Override
    public void sendMessage(R answer) {
        byte[] bytes;
        try (InputStream stream = method.streamResponse(answer)) {
            bytes = stream.readAllBytes();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        unwritten.incrementAndGet();
        call.io(() -> call.send(Unpooled.wrappedBuffer(bytes), Unpooled.EMPTY_BUFFER));
    }

    @Override
    public void close(Status status, Metadata trailers) {
        closed = true;
        call.io(() -> {
            if (status.getCause() != null) {
                call.fail(status.getCause());
            } else {
                call.fail(status);
            }
        });
    }

    @Override
    public boolean isReady() {
        return unwritten.get() < MOST_UNWRITTEN && !call.isOver();
    }

    @Override
    public boolean isCancelled() {
        return !closed && call.isOver();
    }

    @Override
    public Attributes getAttributes() {
        return Attributes.EMPTY;
    }

    @Override
    public MethodDescriptor<Q, R> getMethodDescriptor() {
        return method;
    }
}
