package dev.arrowshelf.server.rpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import org.jspecify.annotations.Nullable;

/// Keeps the headers of a call where the method that answers it finds them. Thread-safe.
public final class CallHeaders implements ServerInterceptor {
    private static final Context.Key<Metadata> HEADERS = Context.key("call-headers");

    /// Returns a header of the present call, or null.
    public static @Nullable String get(String name) {
        Metadata headers = HEADERS.get();
        return headers == null
                ? null
                : headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        Context context = Context.current().withValue(HEADERS, headers);
        return Contexts.interceptCall(context, call, headers, next);
    }
}
