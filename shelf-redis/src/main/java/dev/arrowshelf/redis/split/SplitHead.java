package dev.arrowshelf.redis.split;

import dev.arrowshelf.redis.ipc.IpcFileWriter;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.ipc.SourceFile;
import dev.arrowshelf.redis.ipc.Transcoder;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// Schema and dictionaries of a data set: values of their own in our layout, the begin of each
/// value in that of ArrowRedis.
///
/// @param message all of it
/// @param pieces how it is cut into values; none where each value brings it
record SplitHead(ChunkBytes message, List<ChunkBytes> pieces) {
    private static final long MOST_BYTES = 256L << 20;

    SplitHead {
        pieces = List.copyOf(pieces);
    }

    /// Frames the head of a file, giving dictionaries the compression that the batches get.
    static SplitHead of(SourceFile source, SplitPlan plan, SplitOptions options) {
        List<MemorySegment> parts = new ArrayList<>();
        parts.add(IpcFileWriter.schemaMessage(source.schema()));
        List<LocatedMessage> dictionaries = source.dictionaries();
        for (int i = 0; i < dictionaries.size(); i++) {
            LocatedMessage dictionary = dictionaries.get(i);
            if (plan.isEncoded(source.metadata(dictionary, i + 1))) {
                parts.add(encoded(source, dictionary, options));
            } else {
                parts.addAll(source.framed(dictionary).pieces());
            }
        }
        ChunkBytes message = ChunkBytes.of(parts);
        if (options.layout() == Layout.ARROWREDIS && message.bytes() > MOST_BYTES) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "dictionaries are too long to be part of each value (use the layout arrowshelf): bytes="
                            + message.bytes()
                            + ", greatest="
                            + MOST_BYTES);
        }
        boolean apart = options.layout() == Layout.ARROWSHELF || plan.partitions().isEmpty();
        return new SplitHead(message, apart ? cut(message) : List.of());
    }

    /// Returns the bytes of the pieces.
    long bytes() {
        return pieces.stream().mapToLong(ChunkBytes::bytes).sum();
    }

    private static MemorySegment encoded(
            SourceFile source, LocatedMessage dictionary, SplitOptions options) {
        try (ScratchPool pool = new ScratchPool();
                Transcoder transcoder =
                        new Transcoder(
                                source.schema(), options.compression().orElseThrow(), pool)) {
            ChunkBytes message =
                    transcoder.transcode(dictionary.message(), source.body(dictionary));
            ByteArrayOutputStream copy = new ByteArrayOutputStream((int) message.bytes());
            for (MemorySegment piece : message.pieces()) {
                copy.writeBytes(piece.toArray(ValueLayout.JAVA_BYTE));
            }
            return MemorySegment.ofArray(copy.toByteArray());
        }
    }

    private static List<ChunkBytes> cut(ChunkBytes message) {
        List<ChunkBytes> pieces = new ArrayList<>();
        for (long from = 0; from < message.bytes(); from += SplitPlan.PIECE_BYTES) {
            long to = Math.min(message.bytes(), from + SplitPlan.PIECE_BYTES);
            pieces.add(message.slice(from, to));
        }
        return pieces;
    }
}
