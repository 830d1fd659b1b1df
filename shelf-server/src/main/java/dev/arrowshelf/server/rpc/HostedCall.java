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
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A call to a method that is written against `io.grpc`: small messages, each kept whole. The
/// method's code runs on the worker threads and may block.
///
/// What the method answers while it works goes to the I/O thread in one piece when it is done: one
/// wake-up and one write for headers, messages and trailers together. What it answers later goes at
/// once.
///
/// Thread rule: [RpcHandler] on the I/O thread; [ServerCall] from any thread.
final class HostedCall<Q, R> extends ServerCall<Q, R> implements RpcHandler {
    private static final int FIRST_BYTES = 64 << 10;
    private static final int MOST_UNWRITTEN = 64;

    private final RpcCall call;
    private final MethodDescriptor<Q, R> method;
    private ByteBuf message = Unpooled.EMPTY_BUFFER;
    private @Nullable Listener<Q> listener;
    private final AtomicInteger unwritten = new AtomicInteger();
    private final Queue<Runnable> answers = new ConcurrentLinkedQueue<>();
    private @Nullable ByteBuf only;
    private volatile boolean working;
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
        if (bytes > RpcOptions.LONGEST_REQUEST) {
            throw Status.RESOURCE_EXHAUSTED
                    .withDescription(
                            "message too large: bytes="
                                    + bytes
                                    + ", most="
                                    + RpcOptions.LONGEST_REQUEST)
                    .asRuntimeException();
        }
        message = Unpooled.buffer((int) Math.min(bytes, FIRST_BYTES)); // grows by what arrives
    }

    @Override
    public void messagePart(ByteBuf part) {
        message.writeBytes(part);
    }

    @Override
    public void messageEnds() {
        ByteBuf whole = message;
        message = Unpooled.EMPTY_BUFFER;
        if (method.getType().clientSendsOneMessage()) {
            requireFirst();
            only = whole;
        } else {
            tell(told -> {
                told.onReady();
                told.onMessage(parsed(whole));
            });
        }
    }

    private void requireFirst() {
        if (only != null) {
            throw Status.INVALID_ARGUMENT
                    .withDescription("more than one message in a call that has one")
                    .asRuntimeException();
        }
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
        ByteBuf whole = only;
        tell(told -> {
            if (whole != null) {
                told.onReady();
                told.onMessage(parsed(whole));
            }
            told.onHalfClose();
        });
    }

    private void tell(Consumer<Listener<Q>> event) {
        Listener<Q> told = listener;
        if (told != null) {
            working = true;
            call.work(() -> {
                try {
                    event.accept(told);
                } finally {
                    working = false;
                }
                return this::sendAnswers;
            });
        }
    }

    /// The answer is queued before `working` is read, and `working` ends before the queue is
    /// emptied: one of both sends it.
    private void answer(Runnable action) {
        answers.add(action);
        if (!working) {
            call.io(this::sendAnswers);
        }
    }

    private void sendAnswers() {
        for (Runnable next = answers.poll(); next != null; next = answers.poll()) {
            next.run();
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
        answer(call::sendHeaders);
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
        answer(() -> call.send(Unpooled.wrappedBuffer(bytes), Unpooled.EMPTY_BUFFER));
    }

    @Override
    public void close(Status status, Metadata trailers) {
        closed = true;
        answer(() -> {
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
