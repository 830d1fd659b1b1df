package dev.arrowshelf.sql.model;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// How SQL runs.
///
/// @param memoryLimit what queries may use besides the tables they read, all together
/// @param temporaryDirectory where large sorts and joins put what does not fit; empty: nowhere
/// @param temporaryLimit the most bytes there
/// @param threads threads that work on queries
/// @param queries queries that run at a time; others wait in line
/// @param queueTime how long one waits before it is refused
/// @param timeout how long one may run unless it says otherwise
public record SqlOptions(
        ByteSize memoryLimit,
        Optional<Path> temporaryDirectory,
        ByteSize temporaryLimit,
        int threads,
        int queries,
        Duration queueTime,
        Duration timeout) {
    private static final int FEWEST_QUERIES = 4;

    /// Checks the numbers.
    public SqlOptions {
        if (threads < 1 || queries < 1) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "must be at least 1: threads=" + threads + ", queries=" + queries);
        }
        if (queueTime.isNegative() || timeout.isNegative() || timeout.isZero()) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "must be positive: queueTime=" + queueTime + ", timeout=" + timeout);
        }
    }

    /// Returns options for this machine: all processors, 1 GiB, nothing on disk.
    public static SqlOptions defaults() {
        int processors = Runtime.getRuntime().availableProcessors();
        return new SqlOptions(
                ByteSize.parse("1GiB"),
                Optional.empty(),
                ByteSize.parse("16GiB"),
                processors,
                Math.max(FEWEST_QUERIES, processors),
                Duration.ofSeconds(30),
                Duration.ofMinutes(10));
    }

    /// Returns a copy with another memory limit.
    public SqlOptions withMemoryLimit(ByteSize limit) {
        return new SqlOptions(
                limit, temporaryDirectory, temporaryLimit, threads, queries, queueTime, timeout);
    }

    /// Returns a copy with a directory for what does not fit into memory.
    public SqlOptions withTemporary(Path directory, ByteSize limit) {
        return new SqlOptions(
                memoryLimit, Optional.of(directory), limit, threads, queries, queueTime, timeout);
    }

    /// Returns a copy with another number of threads.
    public SqlOptions withThreads(int count) {
        return new SqlOptions(
                memoryLimit,
                temporaryDirectory,
                temporaryLimit,
                count,
                queries,
                queueTime,
                timeout);
    }

    /// Returns a copy with another number of queries at a time, and another time in line.
    public SqlOptions withQueries(int count, Duration longestWait) {
        return new SqlOptions(
                memoryLimit,
                temporaryDirectory,
                temporaryLimit,
                threads,
                count,
                longestWait,
                timeout);
    }

    /// Returns a copy with another time limit.
    public SqlOptions withTimeout(Duration limit) {
        return new SqlOptions(
                memoryLimit,
                temporaryDirectory,
                temporaryLimit,
                threads,
                queries,
                queueTime,
                limit);
    }
}
