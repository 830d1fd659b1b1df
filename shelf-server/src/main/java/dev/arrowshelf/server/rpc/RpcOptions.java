package dev.arrowshelf.server.rpc;

import java.time.Duration;

/// How a gRPC server listens.
///
/// @param host name or number of the interface
/// @param port TCP port; 0 takes a free one
/// @param ioThreads threads that move bytes; each connection belongs to one
/// @param workers most threads that do the work of calls
/// @param connectionLimit connections at once; more are closed
/// @param closeDeadline how long calls under way may go on when the server is closed
public record RpcOptions(
        String host,
        int port,
        int ioThreads,
        int workers,
        int connectionLimit,
        Duration closeDeadline) {
    /// The most bytes of a request that is kept whole: a statement with the values of its
    /// parameters.
    public static final int LONGEST_REQUEST = 20 << 20;

    private static final int MOST_IO_THREADS = 4;
    private static final int WORKERS = 32;

    /// Checks the ranges.
    public RpcOptions {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port out of range: port=" + port);
        }
        if (ioThreads < 1 || workers < 1 || connectionLimit < 1) {
            throw new IllegalArgumentException(
                    "limits must be positive: ioThreads=%d, workers=%d, connectionLimit=%d"
                            .formatted(ioThreads, workers, connectionLimit));
        }
    }

    /// Returns the defaults for an interface and a port.
    public static RpcOptions of(String host, int port, int connectionLimit) {
        int ioThreads = Math.min(MOST_IO_THREADS, Runtime.getRuntime().availableProcessors());
        return new RpcOptions(
                host, port, ioThreads, WORKERS, connectionLimit, Duration.ofSeconds(3));
    }
}
