package dev.arrowshelf.redis.link;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// The few commands that data sets need, on whatever stands behind the address. Every answer is a
/// future; a transient failure has been retried before it becomes one's failure, which then is a
/// [dev.arrowshelf.store.model.ShelfException].
///
/// Thread-safe. Futures complete on the link's own threads: what follows there must be short.
/// Memory given to a command stays the caller's and must live until its future is done.
public interface RedisLink extends AutoCloseable {
    /// The length of a value that is not there.
    long MISSING = -1;

    /// Connects.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException UNAVAILABLE when nobody answers, FORBIDDEN
    ///   when the login or a certificate is refused
    static RedisLink connect(RedisOptions options) {
        return new LettuceLink(options);
    }

    /// Sets a value.
    ///
    /// @param timeToLive how long it is kept; zero is for ever
    CompletableFuture<Void> set(byte[] key, ChunkBytes value, Duration timeToLive);

    /// Sets a value and completes with its CRC-32C, taken where and when the value is sent: once
    /// through a processor's cache is cheaper than twice.
    ///
    /// @param timeToLive how long it is kept; zero is for ever
    CompletableFuture<Integer> setSummed(byte[] key, ChunkBytes value, Duration timeToLive);

    /// Reads a value into memory and completes with its length, or [#MISSING]. Of a value that is
    /// longer than the memory nothing is written.
    CompletableFuture<Long> get(byte[] key, MemorySegment target);

    /// Reads a value into memory and takes its CRC-32C as it comes. Of a value that is longer than
    /// the memory nothing is written.
    CompletableFuture<Arrived> getSummed(byte[] key, MemorySegment target);

    /// What a read value is.
    ///
    /// @param bytes its length, or [#MISSING]
    /// @param crc its CRC-32C; of no meaning where the value is not in the memory
    record Arrived(long bytes, int crc) {
        /// There is no such value.
        static final Arrived NOTHING = new Arrived(MISSING, 0);
    }

    /// Reads a small value; empty where there is none.
    CompletableFuture<Optional<byte[]>> get(byte[] key);

    /// Reads the first bytes of a value; empty where there is none.
    CompletableFuture<Optional<byte[]>> begin(byte[] key, int bytes);

    /// Returns the length of a string value, or [#MISSING].
    CompletableFuture<Long> length(byte[] key);

    /// Removes keys and returns how many of them were there.
    CompletableFuture<Long> remove(List<byte[]> keys);

    /// Runs a script on one key and returns its bulk reply, if it has one.
    CompletableFuture<Optional<byte[]>> script(String script, byte[] key, List<byte[]> arguments);

    /// Sets a field of a hash, which is kept so long from now on (zero: for ever).
    CompletableFuture<Void> setField(byte[] key, String field, byte[] value, Duration timeToLive);

    /// Returns all fields of a hash.
    CompletableFuture<Map<String, byte[]>> fields(byte[] key);

    /// Removes a field of a hash.
    CompletableFuture<Void> removeField(byte[] key, String field);

    /// Returns the keys that match a glob pattern, of all masters.
    List<byte[]> scan(byte[] pattern);

    /// Returns what the servers say of themselves that a split should know before it begins.
    ServerFacts facts();

    /// Returns how many commands were tried again.
    long retries();

    /// Gives the connections back. Idempotent.
    @Override
    void close();
}
