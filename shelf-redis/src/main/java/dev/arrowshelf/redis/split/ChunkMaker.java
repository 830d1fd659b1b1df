package dev.arrowshelf.redis.split;

import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.ipc.RowSplitter;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.ipc.SourceFile;
import dev.arrowshelf.redis.ipc.Transcoder;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;

/// Makes the bytes of chunks: slices of the mapped file where batches travel as they are, memory of
/// the pool where they are given another compression or their rows are sorted. Thread-safe.
final class ChunkMaker {
    private static final int SORTED_BATCHES_KEPT = 2;

    private final SourceFile source;
    private final SplitPlan plan;
    private final SplitOptions options;
    private final ScratchPool pool;
    private final RowSplitter splitter;
    private final Set<Compression> codecs = EnumSet.noneOf(Compression.class);
    private final Map<Integer, SortedMap<Long, RowSplitter.Piece>> sorted = new LinkedHashMap<>();

    ChunkMaker(SourceFile source, SplitPlan plan, SplitOptions options, ScratchPool pool) {
        this.source = source;
        this.plan = plan;
        this.options = options;
        this.pool = pool;
        this.splitter = new RowSplitter(source);
    }

    /// The bytes of a chunk.
    ///
    /// @param pieces in order
    /// @param rows of the batches that begin in it
    /// @param memory of the pool, to be given back when the pieces are not needed any more
    record Made(List<MemorySegment> pieces, long rows, List<MemorySegment> memory) {}

    /// Returns whether a chunk is made without work.
    boolean isAsItIs(SplitPlan.Chunk chunk) {
        return !chunk.mixed()
                && chunk.batches().stream().noneMatch(batch -> plan.isEncoded(metadata(batch)));
    }

    /// Makes a chunk.
    Made make(SplitPlan.Chunk chunk) throws IOException {
        if (chunk.mixed()) {
            return sorted(chunk);
        }
        List<MemorySegment> pieces = new ArrayList<>();
        List<MemorySegment> memory = new ArrayList<>();
        long rows = 0;
        for (int batch : chunk.batches()) {
            LocatedMessage message = source.batches().get(batch);
            BatchMetadata metadata = metadata(batch);
            rows += chunk.fromByte() == 0 ? metadata.rows() : 0;
            if (plan.isEncoded(metadata)) {
                Compression wanted = options.compression().orElseThrow();
                pieces.addAll(
                        encode(message.message(), source.body(message), wanted, memory).pieces());
            } else {
                note(SplitPlan.codec(metadata));
                ChunkBytes framed = source.framed(message);
                pieces.addAll(
                        chunk.toByte() == 0
                                ? framed.pieces()
                                : framed.slice(chunk.fromByte(), chunk.toByte()).pieces());
            }
        }
        return new Made(pieces, rows, memory);
    }

    /// Returns the name of what all batches made so far are compressed by.
    String codec() {
        synchronized (codecs) {
            return switch (codecs.size()) {
                case 0 -> options.compression().orElse(Compression.NONE).text();
                case 1 -> codecs.iterator().next().text();
                default -> "mixed";
            };
        }
    }

    private Made sorted(SplitPlan.Chunk chunk) throws IOException {
        int batch = chunk.batches().getFirst();
        RowSplitter.Piece piece = pieces(batch).get(chunk.part());
        if (piece == null) {
            throw new IllegalStateException("partition has no rows: part=" + chunk.part());
        }
        List<MemorySegment> memory = new ArrayList<>();
        Compression wanted = options.compression().orElse(SplitPlan.codec(metadata(batch)));
        // The transcoder reads native memory.
        MemorySegment body = pool.take(piece.body().byteSize());
        try {
            MemorySegment.copy(piece.body(), 0, body, 0, piece.body().byteSize());
            ChunkBytes encoded =
                    encode(
                            piece.message(),
                            body.asSlice(0, piece.body().byteSize()),
                            wanted,
                            memory);
            return new Made(encoded.pieces(), piece.rows(), memory);
        } finally {
            pool.giveBack(body);
        }
    }

    private synchronized SortedMap<Long, RowSplitter.Piece> pieces(int batch) throws IOException {
        SortedMap<Long, RowSplitter.Piece> pieces = sorted.get(batch);
        if (pieces == null) {
            if (sorted.size() == SORTED_BATCHES_KEPT) {
                sorted.remove(sorted.keySet().iterator().next());
            }
            pieces =
                    splitter.split(
                            source.batches().get(batch), plan.values(batch, pool), plan.rule());
            sorted.put(batch, pieces);
        }
        return pieces;
    }

    private ChunkBytes encode(
            IpcMessage message,
            MemorySegment body,
            Compression wanted,
            List<MemorySegment> memory) {
        note(wanted);
        try (Transcoder transcoder = new Transcoder(source.schema(), wanted, pool)) {
            ChunkBytes encoded = transcoder.transcode(message, body);
            memory.add(transcoder.handOver());
            return encoded;
        }
    }

    private void note(Compression codec) {
        synchronized (codecs) {
            codecs.add(codec);
        }
    }

    private BatchMetadata metadata(int batch) {
        return source.metadata(source.batches().get(batch), batch + 1);
    }
}
