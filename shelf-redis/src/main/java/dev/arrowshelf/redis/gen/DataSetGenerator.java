package dev.arrowshelf.redis.gen;

import dev.arrowshelf.redis.ipc.IpcFileWriter;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Writes a data set to measure with: batches are made by several threads and written in order, a
/// few ahead at most, so that memory does not grow with the data set.
public final class DataSetGenerator {
    private static final int AHEAD = 2;

    private final GenOptions options;
    private final Progress progress;

    /// Makes data sets of these options.
    public DataSetGenerator(GenOptions options, Progress progress) {
        this.options = options;
        this.progress = progress;
    }

    /// Writes the file and returns its length. It has its name only when it is whole.
    public long write(Path path) throws IOException {
        int workers = Math.min(options.workers(), options.allBatches());
        Vocabulary vocabulary = Vocabulary.of(options.seed(), options.strings().cardinality());
        progress.expect(0, options.allBatches());
        try (ScratchPool pool = new ScratchPool();
                IpcFileWriter file =
                        new IpcFileWriter(
                                path, DataSetSchema.metadata(options.strings().dictionary()));
                Makers makers = new Makers(options, vocabulary, pool, workers);
                // Closed first: what is being made is waited for, it uses all the others.
                ExecutorService threads =
                        Executors.newFixedThreadPool(
                                workers, Thread.ofPlatform().daemon().name("gen-", 0).factory())) {
            dictionary(makers.free(), file, pool);
            batches(makers.free(), file, pool, threads, workers);
            return file.finish();
        }
    }

    private void dictionary(BlockingQueue<BatchMaker> makers, IpcFileWriter file, ScratchPool pool)
            throws IOException {
        BatchMaker maker = makers.element();
        if (options.strings().dictionary()) {
            file.dictionary(maker.dictionary());
            pool.giveBack(maker.memory());
        }
    }

    private void batches(
            BlockingQueue<BatchMaker> makers,
            IpcFileWriter file,
            ScratchPool pool,
            ExecutorService threads,
            int workers)
            throws IOException {
        Deque<CompletableFuture<Made>> coming = new ArrayDeque<>();
        int begun = 0;
        for (int written = 0; written < options.allBatches(); written++) {
            while (begun < options.allBatches() && coming.size() < AHEAD * workers) {
                int number = begun++;
                coming.add(CompletableFuture.supplyAsync(() -> make(makers, number), threads));
            }
            Made made = get(coming.remove());
            file.batch(made.message());
            pool.giveBack(made.memory());
            progress.done(made.message().bytes());
        }
    }

    private static Made make(BlockingQueue<BatchMaker> makers, int number) {
        // There are as many as threads.
        BatchMaker maker = makers.remove();
        try {
            ChunkBytes message = maker.batch(number);
            return new Made(message, maker.memory());
        } finally {
            makers.add(maker);
        }
    }

    private static Made get(CompletableFuture<Made> coming) {
        try {
            return coming.get();
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(failure.getCause());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new ShelfException(ErrorCode.UNAVAILABLE, "interrupted while making batches");
        }
    }

    private record Made(ChunkBytes message, MemorySegment memory) {}

    /// As many makers as threads. Owns them.
    private static final class Makers implements AutoCloseable {
        private final BlockingQueue<BatchMaker> free;

        Makers(GenOptions options, Vocabulary vocabulary, ScratchPool pool, int count) {
            free = new ArrayBlockingQueue<>(count);
            for (int i = 0; i < count; i++) {
                free.add(new BatchMaker(options, vocabulary, pool));
            }
        }

        BlockingQueue<BatchMaker> free() {
            return free;
        }

        @Override
        public void close() {
            free.forEach(BatchMaker::close);
        }
    }
}
