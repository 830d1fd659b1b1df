package dev.arrowshelf.redis.split;

import dev.arrowshelf.redis.flow.Blocking;
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
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;

/// Sends the chunks of one split. Chunks that travel as they are go straight from the mapped file;
/// others are made by a few threads, of which each makes one and then waits for room to send it.
///
/// For one thread. Owns its threads until [#close].
final class ChunkSender implements AutoCloseable {
    private static final int MOST_MAKERS = 4;
    private static final int MOST_PASSES = 5;
    private static final int LENGTHS_AT_ONCE = 1000;

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

    /// How often all was looked at; makers see it by the executor's order.
    private int pass;

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

    /// Sends head and chunks and returns when all of them are there. Redis may have lost what it
    /// had, by a restart, a replica that took over, or eviction: so every value is asked for its
    /// length before this ends, and sent again where it is gone.
    Sent sendAll() {
        SortedMap<Long, ChunkEntry[]> entries = new TreeMap<>();
        job.plan()
                .partitions()
                .forEach((part, chunks) -> entries.put(part, new ChunkEntry[chunks.size()]));
        List<ChunkEntry> head =
                job.head().pieces().stream()
                        .map(it -> new ChunkEntry(it.bytes(), Checksum.of(it.pieces()), 0))
                        .toList();
        List<Integer> pieces = pieces();
        List<SplitPlan.Chunk> chunks = job.plan().inFileOrder();
        long retries = link.retries();
        while (!pieces.isEmpty() || !chunks.isEmpty()) {
            if (pass++ == MOST_PASSES) {
                throw new ShelfException(
                        ErrorCode.UNAVAILABLE,
                        "values vanish while others are written (does Redis restart, or evict?): prefix="
                                + job.options().keys().prefix()
                                + ", missing="
                                + (pieces.size() + chunks.size()));
            }
            send(pieces, chunks, entries);
            pieces = lost(pieces(), this::headKey, piece -> head.get(piece).bytes());
            // Without generations in keys, a server that has come back may have older values.
            boolean doubtful =
                    job.options().layout() == Layout.ARROWREDIS && link.retries() != retries;
            retries = link.retries();
            chunks =
                    doubtful
                            ? job.plan().inFileOrder()
                            : lost(
                                    job.plan().inFileOrder(),
                                    this::key,
                                    chunk -> entry(entries, chunk).bytes());
        }
        SortedMap<Long, List<ChunkEntry>> partitions = new TreeMap<>();
        entries.forEach((part, all) -> partitions.put(part, Arrays.asList(all)));
        return new Sent(head, partitions);
    }

    private List<Integer> pieces() {
        return IntStream.range(0, job.head().pieces().size()).boxed().toList();
    }

    private static ChunkEntry entry(SortedMap<Long, ChunkEntry[]> entries, SplitPlan.Chunk chunk) {
        return Objects.requireNonNull(entries.get(chunk.part()))[chunk.number()];
    }

    /// Returns when all was answered.
    private void send(
            List<Integer> pieces,
            List<SplitPlan.Chunk> chunks,
            SortedMap<Long, ChunkEntry[]> entries) {
        try {
            for (int piece : pieces) {
                send(headKey(piece), job.head().pieces().get(piece), _ -> {}, () -> {});
            }
            for (SplitPlan.Chunk chunk : chunks) {
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
    }

    private <T> List<T> lost(List<T> all, Function<T, byte[]> key, ToLongFunction<T> bytes) {
        List<T> lost = new ArrayList<>();
        for (int from = 0; from < all.size(); from += LENGTHS_AT_ONCE) {
            List<T> some = all.subList(from, Math.min(all.size(), from + LENGTHS_AT_ONCE));
            List<CompletableFuture<Long>> lengths =
                    some.stream().map(each -> link.length(key.apply(each))).toList();
            for (int i = 0; i < some.size(); i++) {
                if (Blocking.get(lengths.get(i)) != bytes.applyAsLong(some.get(i))) {
                    lost.add(some.get(i));
                }
            }
        }
        return lost;
    }

    private byte[] headKey(int piece) {
        return job.options().keys().head(job.generation(), piece);
    }

    private byte[] key(SplitPlan.Chunk chunk) {
        SplitOptions options = job.options();
        return options.keys()
                .chunk(options.layout(), job.generation(), chunk.part(), chunk.number());
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
        byte[] key = key(chunk);
        boolean first = pass == 1;
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
        send(
                key,
                value,
                crc -> partition[chunk.number()] = new ChunkEntry(value.bytes(), crc, made.rows()),
                () -> {
                    release.run();
                    if (first) {
                        job.progress().done(value.bytes());
                    }
                });
    }

    /// Waits for room, then sends.
    ///
    /// @param stored takes the value's checksum when it is in Redis
    /// @param done told when the value's memory is not needed any more, whatever happened
    private void send(byte[] key, ChunkBytes value, IntConsumer stored, Runnable done) {
        if (!job.window().enter(value.bytes())) {
            done.run();
            return;
        }
        var _ =
                sent(key, value)
                        .whenComplete((crc, failure) -> {
                            if (failure == null) {
                                stored.accept(crc);
                            } else {
                                job.window().fail(failure);
                            }
                            done.run();
                            job.window().leave(value.bytes());
                        });
    }

    private CompletableFuture<Integer> sent(byte[] key, ChunkBytes value) {
        boolean looks = job.options().resume() && pass == 1;
        if (!looks || job.options().layout() == Layout.ARROWREDIS) {
            return set(key, value);
        }
        return link.length(key)
                .thenCompose(length -> {
                    if (length == value.bytes()) {
                        resumed.increment();
                        return CompletableFuture.completedFuture(Checksum.of(value.pieces()));
                    }
                    return set(key, value);
                });
    }

    private CompletableFuture<Integer> set(byte[] key, ChunkBytes value) {
        return link.setSummed(key, value, job.options().chunkTimeToLive())
                .whenComplete((_, failure) -> sentBytes.add(failure == null ? value.bytes() : 0));
    }

    @Override
    public void close() {
        makers.close();
    }
}
