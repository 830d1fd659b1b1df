package dev.arrowshelf.server.rpc;

import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which method answers at which path. Immutable.
public final class RpcRoutes {
    private final Map<String, RpcMethod> methods;

    private RpcRoutes(Map<String, RpcMethod> methods) {
        this.methods = Map.copyOf(methods);
    }

    /// Returns a table of no methods, to add to.
    public static Builder builder() {
        return new Builder();
    }

    /// Returns the method at a path such as `/grpc.health.v1.Health/Check`, or null.
    @Nullable RpcMethod find(CharSequence path) {
        return methods.get(path.toString());
    }

    /// Collects routes; a later one takes the place of an earlier one at the same path.
    public static final class Builder {
        private final Map<String, RpcMethod> methods = new HashMap<>();

        private Builder() {}

        /// Hosts every method of a service that is written against `io.grpc`.
        public Builder host(ServerServiceDefinition service) {
            for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
                method(method.getMethodDescriptor().getFullMethodName(), HostedCall.method(method));
            }
            return this;
        }

        /// Adds a method by its full name, such as `grpc.health.v1.Health/Check`.
        public Builder method(String fullName, RpcMethod method) {
            methods.put('/' + fullName, method);
            return this;
        }

        /// Returns the routes.
        public RpcRoutes build() {
            return new RpcRoutes(methods);
        }
    }
}
