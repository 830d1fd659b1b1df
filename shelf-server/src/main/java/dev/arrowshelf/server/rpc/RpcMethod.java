package dev.arrowshelf.server.rpc;

/// A method that clients can call. Safe for several threads.
@FunctionalInterface
public interface RpcMethod {
    /// Returns the handler of a new call; runs on the connection's I/O thread and must not block.
    RpcHandler start(RpcCall call);
}
