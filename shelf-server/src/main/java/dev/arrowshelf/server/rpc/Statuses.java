package dev.arrowshelf.server.rpc;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/// Errors as gRPC knows them. The shelf's own code travels in the trailer `shelf-code`.
public final class Statuses {
    /// Trailer that holds the name of an [ErrorCode].
    public static final String CODE_TRAILER = "shelf-code";

    /// Trailer that holds the SQLSTATE.
    public static final String STATE_TRAILER = "shelf-sqlstate";

    private static final int LONGEST_MESSAGE = 4096;
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private Statuses() {}

    /// Returns the status that tells a client of a failure.
    public static Status of(Throwable failure) {
        return switch (failure) {
            case ShelfException typed ->
                    of(typed.code()).withDescription(typed.getMessage()).withCause(typed);
            case StatusRuntimeException told -> told.getStatus();
            case StatusException told -> told.getStatus();
            default -> Status.INTERNAL.withDescription(failure.toString()).withCause(failure);
        };
    }

    /// Returns the gRPC status of a code.
    public static Status of(ErrorCode code) {
        return switch (code) {
            case NOT_FOUND -> Status.NOT_FOUND;
            case ALREADY_EXISTS -> Status.ALREADY_EXISTS;
            case INVALID_KEY,
                    INVALID_ARGUMENT,
                    INVALID_IPC,
                    UNSUPPORTED_IPC,
                    PROTOCOL,
                    INVALID_SQL ->
                    Status.INVALID_ARGUMENT;
            case FORBIDDEN -> Status.PERMISSION_DENIED;
            case CANCELLED -> Status.CANCELLED;
            case TIMEOUT -> Status.DEADLINE_EXCEEDED;
            case OUT_OF_MEMORY, BUSY, CATALOGUE_BUSY, TOO_LARGE -> Status.RESOURCE_EXHAUSTED;
            case SHELF_OWNED, UNAVAILABLE, CLOSED -> Status.UNAVAILABLE;
            case CORRUPT, INCOMPLETE -> Status.DATA_LOSS;
            case IO, INTERNAL -> Status.INTERNAL;
        };
    }

    /// Returns the trailers that end a call.
    static Http2Headers trailers(Status status) {
        Http2Headers trailers = new DefaultHttp2Headers();
        trailers.set("grpc-status", Integer.toString(status.getCode().value()));
        String message = status.getDescription();
        if (message != null) {
            trailers.set("grpc-message", percentEncoded(message));
        }
        if (status.getCause() instanceof ShelfException typed) {
            trailers.set(CODE_TRAILER, typed.code().name());
            trailers.set(STATE_TRAILER, SqlState.of(typed));
            trailers.set(ErrorDetails.HEADER, ErrorDetails.of(status, typed));
        }
        return trailers;
    }

    /// Returns a message as far as it fits into a header.
    static String cut(String message) {
        return message.length() > LONGEST_MESSAGE ? message.substring(0, LONGEST_MESSAGE) : message;
    }

    /// Encodes a message as gRPC wants it in a header: printable ASCII as it is, all other bytes of
    /// the UTF-8 as `%XX`.
    static String percentEncoded(String message) {
        String cut = cut(message);
        StringBuilder text = new StringBuilder(cut.length());
        for (byte value : cut.getBytes(StandardCharsets.UTF_8)) {
            if (value >= ' ' && value <= '~' && value != '%') {
                text.append((char) value);
            } else {
                HEX.toHexDigits(text.append('%'), value);
            }
        }
        return text.toString();
    }
}
