package dev.arrowshelf.redis.read;

import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.ipc.IpcFileWriter;
import dev.arrowshelf.redis.ipc.MessageBytes;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.ipc.Transcoder;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Writes an Arrow IPC file.
final class FileTarget implements ReadTarget {
    private final Path path;
    private final Optional<Compression> compression;

    FileTarget(Path path, Optional<Compression> compression) {
        this.path = path;
        this.compression = compression;
    }

    @Override
    public void take(DataSetStream stream, ScratchPool pool, Clock clock) throws IOException {
        StreamHead head = stream.head();
        try (IpcFileWriter file = new IpcFileWriter(path, head.schema());
                Recoding recoding = new Recoding(head, pool)) {
            for (ChunkBytes dictionary : head.dictionaries()) {
                file.dictionary(recoding.wanted(dictionary));
            }
            StreamHead known = null;
            for (DataSetStream.Values values = stream.next();
                    values != null;
                    values = stream.next()) {
                long since = System.nanoTime();
                try {
                    known = sameHead(known, values.head());
                    for (ChunkBytes message : stream.messages(values)) {
                        file.batch(recoding.wanted(message));
                    }
                    clock.rows(DataSetStream.rows(values), since);
                } finally {
                    stream.giveBack(values);
                }
            }
            file.finish();
        }
    }

    /// A file has one set of dictionaries.
    private static StreamHead sameHead(@Nullable StreamHead known, StreamHead head) {
        if (known == null) {
            return head.copy();
        }
        if (!known.sameAs(head)) {
            throw new ShelfException(
                    ErrorCode.UNSUPPORTED_IPC,
                    "values differ in schema or dictionaries, which a file cannot have (read to a shelf instead)");
        }
        return known;
    }

    /// Gives messages the compression that the file shall have.
    private final class Recoding implements AutoCloseable {
        private final StreamHead head;
        private final ScratchPool pool;
        private @Nullable Transcoder transcoder;

        Recoding(StreamHead head, ScratchPool pool) {
            this.head = head;
            this.pool = pool;
        }

        /// The answer lives until the next call.
        ChunkBytes wanted(ChunkBytes message) {
            if (compression.isEmpty()) {
                return message;
            }
            MemorySegment metadata = message.pieces().getFirst().asSlice(MessageBytes.PREFIX_BYTES);
            BatchMetadata batch = StreamHead.metadata(new IpcMessage(metadata, 0), head.schema());
            if (Compression.of(batch.codec()) == compression.get()) {
                return message;
            }
            Transcoder coder = transcoder;
            if (coder == null) {
                coder = new Transcoder(head.schema(), compression.get(), pool);
                transcoder = coder;
            }
            long bodyBytes = message.bytes() - message.pieces().getFirst().byteSize();
            MemorySegment body = pool.take(bodyBytes);
            try {
                long at = 0;
                for (MemorySegment piece : message.pieces().subList(1, message.pieces().size())) {
                    MemorySegment.copy(piece, 0, body, at, piece.byteSize());
                    at += piece.byteSize();
                }
                return coder.transcode(
                        new IpcMessage(metadata, bodyBytes), body.asSlice(0, bodyBytes));
            } finally {
                pool.giveBack(body);
            }
        }

        @Override
        public void close() {
            if (transcoder != null) {
                transcoder.close();
            }
        }
    }
}
