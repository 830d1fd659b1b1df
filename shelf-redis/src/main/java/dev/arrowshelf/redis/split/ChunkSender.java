package dev.arrowshelf.redis.split;

import dev.arrowshelf.redis.flow.Window;
import dev.arrowshelf.redis.ipc.MessageBytes;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.layout.Checksum;
import dev.arrowshelf.redis.layout.ChunkEntry;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/// Sends the chunks of one split. Chunks that travel as they are go straight from the mapped file;
/// others are made by a few threads, of which each makes one and then waits for room to send it.
///
/// For one thread. Owns its threads until [#close].
final class ChunkSender implements AutoCloseable {
    private static final int MOST_MAKERS = 4;

    private final RedisLink link;
    private final Job job;
    private final ScratchPool pool;
    private final int makerCount =
            Math.min(MOST_MAKERS, Runtime.getRuntime().availableProcessors());
    private final ExecutorService makers =
            Executors.newFixedThreadPool(
                    makerCount, Thread.ofPlatform().daemon().name("redis-split-", 0).factory());
    private final Semaphore making = new Semaphore(2 * makerCount);
    private final LongAdder sentBytes = new LongAdder();
    private final LongAdder resumed = new LongAdder();

    ChunkSender(RedisLink link, Job job, ScratchPool pool) {
        this.link = link;
        this.job = job;
        this.pool = pool;
    }

    /// What is to be sent.
    record Job(
            SplitHead head,
            SplitPlan plan,
            ChunkMaker maker,
            SplitOptions options,
            long generation,
            Window window,
            Progress progress) {}

    /// What was sent.
    ///
    /// @param head its pieces
    /// @param partitions the chunks by partition
    record Sent(List<ChunkEntry> head, SortedMap<Long, List<ChunkEntry>> partitions) {}

    /// Bytes of values that were sent.
    long sentBytes() {
        return sentBytes.sum();
    }

    /// Chunks that were there already.
    long resumed() {
        return resumed.sum();
    }

    /// Sends head and chunks and returns when all of them were answered.
    Sent sendAll() {
        SortedMap<Long, ChunkEntry[]> entries = new TreeMap<>();
        job.plan()
                .partitions()
                .forEach((part, chunks) -> entries.put(part, new ChunkEntry[chunks.size()]));
        List<ChunkEntry> head = List.of();
        try {
            head = sendHead();
            for (SplitPlan.Chunk chunk : job.plan().inFileOrder()) {
                if (job.window().failed()) {
                    break;
                }
                ChunkEntry[] partition = Objects.requireNonNull(entries.get(chunk.part()));
                if (job.maker().isAsItIs(chunk)) {
                    emit(chunk, job.maker().make(chunk), partition);
                } else {
                    makeElsewhere(chunk, partition);
                }
            }
        } catch (RuntimeException | IOException failure) {
            job.window().fail(failure);
        } finally {
            making.acquireUninterruptibly(2 * makerCount);
            making.release(2 * makerCount);
            job.window().drain();
        }
        job.window().check();
        SortedMap<Long, List<ChunkEntry>> partitions = new TreeMap<>();
        entries.forEach((part, chunks) -> partitions.put(part, Arrays.asList(chunks)));
        return new Sent(head, partitions);
    }

    private List<ChunkEntry> sendHead() {
        List<ChunkEntry> entries = new ArrayList<>();
        for (ChunkBytes piece : job.head().pieces()) {
            byte[] key = job.options().keys().head(job.generation(), entries.size());
            entries.add(new ChunkEntry(piece.bytes(), Checksum.of(piece.pieces()), 0));
            send(key, piece, () -> {});
        }
        return entries;
    }

    private void makeElsewhere(SplitPlan.Chunk chunk, ChunkEntry[] partition) {
        making.acquireUninterruptibly();
        makers.execute(() -> {
            try {
                emit(chunk, job.maker().make(chunk), partition);
            } catch (RuntimeException | IOException failure) {
                job.window().fail(failure);
            } finally {
                making.release();
            }
        });
    }

    private void emit(SplitPlan.Chunk chunk, ChunkMaker.Made made, ChunkEntry[] partition) {
        List<MemorySegment> pieces = made.pieces();
        if (job.options().layout() == Layout.ARROWREDIS) {
            pieces = new ArrayList<>(job.head().message().pieces());
            pieces.addAll(made.pieces());
            pieces.add(MessageBytes.end());
        }
        ChunkBytes value = ChunkBytes.of(pieces);
        byte[] key =
                job.options()
                        .keys()
                        .chunk(
                                job.options().layout(),
                                job.generation(),
                                chunk.part(),
                                chunk.number());
        Runnable release = () -> made.memory().forEach(pool::giveBack);
        if (value.bytes() > ChunkBytes.MOST_BYTES) {
            release.run();
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "chunk is longer than a value of Redis may be: key="
                            + new String(key, StandardCharsets.UTF_8)
                            + ", bytes="
                            + value.bytes());
        }
        partition[chunk.number()] = new ChunkEntry(value.bytes(), Checksum.of(pieces), made.rows());
        send(
                key,
                value,
                () -> {
                    release.run();
                    job.progress().done(value.bytes());
                });
    }

    /// Waits for room, then sends.
    private void send(byte[] key, ChunkBytes value, Runnable done) {
        if (!job.window().enter(value.bytes())) {
            done.run();
            return;
        }
        var _ =
                sent(key, value)
                        .whenComplete((_, failure) -> {
                            if (failure != null) {
                                job.window().fail(failure);
                            }
                            done.run();
                            job.window().leave(value.bytes());
                        });
    }

    private CompletableFuture<Void> sent(byte[] key, ChunkBytes value) {
        if (!job.options().resume() || job.options().layout() == Layout.ARROWREDIS) {
            return set(key, value);
        }
        return link.length(key)
                .thenCompose(length -> {
                    if (length == value.bytes()) {
                        resumed.increment();
                        return CompletableFuture.completedFuture(null);
                    }
                    return set(key, value);
                });
    }

    private CompletableFuture<Void> set(byte[] key, ChunkBytes value) {
        return link.set(key, value, job.options().chunkTimeToLive())
                .thenRun(() -> sentBytes.add(value.bytes()));
    }

    @Override
    public void close() {
        makers.close();
    }
}
