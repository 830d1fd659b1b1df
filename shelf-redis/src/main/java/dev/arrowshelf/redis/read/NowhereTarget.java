package dev.arrowshelf.redis.read;

import dev.arrowshelf.redis.ipc.BatchDecoder;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import dev.arrowshelf.store.model.ShelfException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Decodes every buffer of every batch on a few threads and drops it.
final class NowhereTarget implements ReadTarget {
    private static final int MOST_THREADS = 4;

    @Override
    public void take(DataSetStream stream, ScratchPool pool, Clock clock) {
        int threads = Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
        try (ExecutorService workers =
                Executors.newFixedThreadPool(
                        threads, Thread.ofPlatform().daemon().name("redis-decode-", 0).factory())) {
            var running =
                    IntStream.range(0, threads)
                            .<Future<@Nullable Object>>mapToObj(_ ->
                                    workers.submit(() -> {
                                        drain(stream, pool, clock);
                                        return null;
                                    }))
                            .toList();
            for (Future<@Nullable Object> each : running) {
                each.get();
            }
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof ShelfException known) {
                throw known;
            }
            throw new IllegalStateException(failure.getCause());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void drain(DataSetStream stream, ScratchPool pool, Clock clock) {
        SchemaMetadata schema = stream.head().schema();
        try (BatchDecoder decoder = new BatchDecoder(schema, pool)) {
            for (DataSetStream.Values values = stream.next();
                    values != null;
                    values = stream.next()) {
                long since = System.nanoTime();
                long rows = 0;
                try {
                    for (ChunkBytes message : stream.messages(values)) {
                        rows += decoder.decode(message);
                    }
                } finally {
                    stream.giveBack(values);
                }
                clock.rows(rows, since);
            }
        }
    }
}
