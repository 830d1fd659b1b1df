package dev.arrowshelf.sql.model;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// How SQL runs.
///
/// @param memory what queries may use besides the tables they read
/// @param threads threads that work on queries
/// @param queries queries that run at a time; others wait in line
/// @param queueTime how long one waits before it is refused
/// @param timeout how long one may run unless it says otherwise
public record SqlOptions(
        SqlMemory memory, int threads, int queries, Duration queueTime, Duration timeout) {
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
                SqlMemory.defaults(),
                processors,
                Math.max(FEWEST_QUERIES, processors),
                Duration.ofSeconds(30),
                Duration.ofMinutes(10));
    }

    /// Returns a copy with other memory.
    public SqlOptions withMemory(SqlMemory other) {
        return new SqlOptions(other, threads, queries, queueTime, timeout);
    }

    /// Returns a copy with another memory limit.
    public SqlOptions withMemoryLimit(ByteSize limit) {
        return withMemory(
                new SqlMemory(
                        limit,
                        memory.temporaryDirectory(),
                        memory.temporaryLimit(),
                        memory.resultCache(),
                        memory.twins()));
    }

    /// Returns a copy with a directory for what does not fit into memory.
    public SqlOptions withTemporary(Path directory, ByteSize limit) {
        return withMemory(
                new SqlMemory(
                        memory.limit(),
                        Optional.of(directory),
                        limit,
                        memory.resultCache(),
                        memory.twins()));
    }

    /// Returns a copy that keeps results, up to so many bytes.
    public SqlOptions withResultCache(ByteSize limit) {
        return withMemory(
                new SqlMemory(
                        memory.limit(),
                        memory.temporaryDirectory(),
                        memory.temporaryLimit(),
                        limit,
                        memory.twins()));
    }

    /// Returns a copy that copies tables that are named often, up to so many bytes.
    public SqlOptions withTwins(ByteSize limit) {
        return withMemory(
                new SqlMemory(
                        memory.limit(),
                        memory.temporaryDirectory(),
                        memory.temporaryLimit(),
                        memory.resultCache(),
                        limit));
    }

    /// Returns a copy with another number of threads.
    public SqlOptions withThreads(int count) {
        return new SqlOptions(memory, count, queries, queueTime, timeout);
    }

    /// Returns a copy with another number of queries at a time, and another time in line.
    public SqlOptions withQueries(int count, Duration longestWait) {
        return new SqlOptions(memory, threads, count, longestWait, timeout);
    }

    /// Returns a copy with another time limit.
    public SqlOptions withTimeout(Duration limit) {
        return new SqlOptions(memory, threads, queries, queueTime, limit);
    }
}
