package dev.arrowshelf.redis.file;

import dev.arrowshelf.redis.ipc.BatchDecoder;
import dev.arrowshelf.redis.ipc.PartitionColumn;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.ipc.SourceFile;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// Reads partitions of an Arrow file, decoding every buffer of their batches: what reading them
/// from Redis is compared with. Batches of other partitions are passed over.
public final class LocalRead {
    private static final int MOST_THREADS = 4;

    private final Path path;
    private final String column;
    private final Optional<Set<Long>> wanted;
    private final Progress progress;

    /// Reads from a file.
    ///
    /// @param column whose values are partitions
    /// @param partitions which; empty: all
    public LocalRead(Path path, String column, Optional<List<Long>> partitions, Progress progress) {
        this.path = path;
        this.column = column;
        this.wanted = partitions.map(HashSet::new);
        this.progress = progress;
    }

    /// Reads and returns the number of rows.
    ///
    /// @throws ShelfException NOT_FOUND when the file has no rows of one of the partitions
    public long run() throws IOException {
        try (SourceFile source = SourceFile.open(path);
                ScratchPool pool = new ScratchPool()) {
            Optional<PartitionColumn> parts =
                    wanted.map(_ -> {
                        PartitionColumn found = PartitionColumn.find(column, source.schema());
                        if (found == null) {
                            throw new ShelfException(
                                    ErrorCode.INVALID_ARGUMENT,
                                    "file has no partition column: column=" + column);
                        }
                        return found;
                    });
            progress.expect(source.bytes(), source.batches().size());
            AtomicInteger next = new AtomicInteger();
            Set<Long> seen = ConcurrentHashMap.newKeySet();
            long rows = onThreads(() -> read(source, parts, pool, next, seen));
            wanted.ifPresent(all ->
                    all.stream()
                            .filter(part -> !seen.contains(part))
                            .sorted()
                            .findFirst()
                            .ifPresent(part -> {
                                throw new ShelfException(
                                        ErrorCode.NOT_FOUND,
                                        "file has no such partition: path="
                                                + path
                                                + ", partition="
                                                + part);
                            }));
            return rows;
        }
    }

    private static long onThreads(Callable<Long> work) throws IOException {
        int threads = Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
        try (ExecutorService workers =
                Executors.newFixedThreadPool(
                        threads, Thread.ofPlatform().daemon().name("read-", 0).factory())) {
            List<Future<Long>> running =
                    IntStream.range(0, threads).mapToObj(_ -> workers.submit(work)).toList();
            long rows = 0;
            for (Future<Long> each : running) {
                rows += each.get();
            }
            return rows;
        } catch (ExecutionException failure) {
            switch (failure.getCause()) {
                case ShelfException known -> throw known;
                case IOException io -> throw io;
                case null, default -> throw new IllegalStateException(failure.getCause());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new ShelfException(ErrorCode.UNAVAILABLE, "interrupted while reading");
        }
    }

    private long read(
            SourceFile source,
            Optional<PartitionColumn> parts,
            ScratchPool pool,
            AtomicInteger next,
            Set<Long> seen) {
        long rows = 0;
        try (BatchDecoder decoder = new BatchDecoder(source.schema(), pool)) {
            for (int i = next.getAndIncrement();
                    i < source.batches().size();
                    i = next.getAndIncrement()) {
                LocatedMessage message = source.batches().get(i);
                MemorySegment body = source.body(message);
                BatchMetadata batch = source.metadata(message, i + 1);
                long chosen = batch.rows();
                if (parts.isPresent()) {
                    OptionalLong only = parts.get().only(batch, body, pool);
                    chosen =
                            only.isPresent()
                                    ? chosen(new long[] {only.getAsLong()}, seen) * batch.rows()
                                    : chosen(parts.get().values(batch, body, pool), seen);
                }
                if (chosen > 0) {
                    decoder.decode(batch, body);
                    rows += chosen;
                }
                progress.done(body.byteSize());
            }
        }
        return rows;
    }

    private long chosen(long[] values, Set<Long> seen) {
        Set<Long> all = wanted.orElseThrow();
        return Arrays.stream(values).filter(all::contains).peek(seen::add).count();
    }
}
