package dev.arrowshelf.client.flight;

import dev.arrowshelf.client.config.Address;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.flight.impl.FlightServiceGrpc.FlightServiceBlockingStub;
import org.jspecify.annotations.Nullable;

/// The connection to a daemon's Flight port. It comes back by itself when the daemon was restarted.
///
/// Thread-safe. Owns the channel until [#close()].
final class FlightLink implements AutoCloseable {
    private static final Metadata.Key<String> CODE =
            Metadata.Key.of("shelf-code", Metadata.ASCII_STRING_MARSHALLER);
    private static final int WINDOW_BYTES = 8 << 20;
    private static final long KEEP_ALIVE_SECONDS = 60;
    private static final long CLOSE_SECONDS = 3;

    private final Address address;
    private final ManagedChannel channel;
    private volatile boolean closed;

    FlightLink(Address address) {
        this.address = address;
        this.channel =
                NettyChannelBuilder.forAddress(address.host(), address.port())
                        .usePlaintext()
                        .maxInboundMessageSize(Integer.MAX_VALUE)
                        .flowControlWindow(WINDOW_BYTES)
                        .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
                        .build();
    }

    /// Returns the channel. One that could not connect tries again now, not when its back-off ends:
    /// the daemon may be back.
    ManagedChannel channel() {
        checkOpen();
        if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
            channel.enterIdle();
        }
        return channel;
    }

    /// Makes a call and tells its failure as the shelf does.
    <T> T call(Function<FlightServiceBlockingStub, T> call) {
        try {
            return call.apply(FlightServiceGrpc.newBlockingStub(channel()));
        } catch (StatusRuntimeException failure) {
            throw told(failure.getStatus(), failure.getTrailers());
        }
    }

    /// Runs an action that answers one result, and returns that as text.
    String action(String type, byte[] body) {
        Flight.Action action =
                Flight.Action.newBuilder()
                        .setType(type)
                        .setBody(com.google.protobuf.ByteString.copyFrom(body))
                        .build();
        return call(stub -> {
            Iterator<Flight.Result> results = stub.doAction(action);
            if (!results.hasNext()) {
                throw new ShelfException(
                        ErrorCode.PROTOCOL, "action answered nothing: type=" + type);
            }
            String answer = results.next().getBody().toStringUtf8();
            results.forEachRemaining(_ -> {});
            return answer;
        });
    }

    /// Returns what a status means: the shelf's own error where the daemon told it.
    ShelfException told(Status status, @Nullable Metadata trailers) {
        String message =
                status.getDescription() == null ? status.toString() : status.getDescription();
        String code = trailers == null ? null : trailers.get(CODE);
        if (code != null) {
            for (ErrorCode known : ErrorCode.values()) {
                if (known.name().equals(code)) {
                    return new ShelfException(known, message, status.getCause());
                }
            }
        }
        if (closed) {
            return closedException();
        }
        if (status.getCode() == Status.Code.UNAVAILABLE || isOfConnection(status.getCause())) {
            return new ShelfException(
                    ErrorCode.UNAVAILABLE,
                    "no ArrowShelf daemon answers: address="
                            + address
                            + ", error="
                            + withCause(message, status.getCause())
                            + " (start one: arrowshelf server)",
                    status.getCause());
        }
        return switch (status.getCode()) {
            case NOT_FOUND -> failure(ErrorCode.NOT_FOUND, message, status);
            case RESOURCE_EXHAUSTED -> failure(ErrorCode.BUSY, message, status);
            case INVALID_ARGUMENT -> failure(ErrorCode.INVALID_ARGUMENT, message, status);
            case UNIMPLEMENTED -> failure(ErrorCode.PROTOCOL, message, status);
            default -> failure(ErrorCode.INTERNAL, message, status);
        };
    }

    /// Tells whether a call ended because its connection broke. gRPC calls some of these `UNKNOWN`
    /// (a channel that closed while it was written to); causes are never sent, so one is local.
    private static boolean isOfConnection(@Nullable Throwable cause) {
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (at instanceof IOException) {
                return true;
            }
        }
        return false;
    }

    /// gRPC says "io exception"; what happened is in the innermost cause.
    private static String withCause(String message, @Nullable Throwable cause) {
        Throwable innermost = cause;
        while (innermost != null && innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        return innermost == null || innermost.getMessage() == null
                ? message
                : message + ": " + innermost.getMessage();
    }

    private static ShelfException failure(ErrorCode code, String message, Status status) {
        return new ShelfException(code, message, status.getCause());
    }

    private void checkOpen() {
        if (closed) {
            throw closedException();
        }
    }

    private ShelfException closedException() {
        return new ShelfException(ErrorCode.CLOSED, "shelf is closed: address=" + address);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        channel.shutdownNow();
        try {
            channel.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
