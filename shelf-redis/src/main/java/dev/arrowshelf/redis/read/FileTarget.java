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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Writes an Arrow IPC file on a few threads: places are claimed in the order of the data set,
/// batches are given their compression and written side by side.
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
        try (IpcFileWriter file = new IpcFileWriter(path, head.schema())) {
            try (Recoding recoding = new Recoding(head, pool)) {
                for (ChunkBytes dictionary : head.dictionaries()) {
                    file.dictionary(recoding.wanted(dictionary));
                    recoding.release();
                }
            }
            Takers takers = new Takers();
            takers.run(() -> write(takers, stream, pool, clock, file));
            file.finish();
        }
    }

    private void write(
            Takers takers, DataSetStream stream, ScratchPool pool, Clock clock, IpcFileWriter file)
            throws IOException {
        try (Recoding recoding = new Recoding(stream.head(), pool)) {
            for (DataSetStream.Values values = stream.next();
                    values != null;
                    values = stream.next()) {
                long since = System.nanoTime();
                try {
                    requireSame(stream.wholeHead(), values.head());
                    List<ChunkBytes> messages = new ArrayList<>();
                    for (ChunkBytes message : stream.messages(values)) {
                        messages.add(recoding.wanted(message));
                    }
                    long place = takers.inTurn(values.number(), () -> file.claim(messages));
                    file.write(place, messages);
                    recoding.release();
                    clock.rows(DataSetStream.rows(values), since);
                } finally {
                    stream.giveBack(values);
                }
            }
        }
    }

    /// A file has one set of dictionaries.
    @SuppressWarnings("ReferenceEquality") // The usual case costs nothing.
    private static void requireSame(StreamHead first, StreamHead head) {
        if (first != head && !first.sameAs(head)) {
            throw new ShelfException(
                    ErrorCode.UNSUPPORTED_IPC,
                    "values differ in schema or dictionaries, which a file cannot have (read to a shelf instead)");
        }
    }

    /// Gives messages the compression that the file shall have. For one thread.
    private final class Recoding implements AutoCloseable {
        private final StreamHead head;
        private final ScratchPool pool;
        private final List<MemorySegment> bodies = new ArrayList<>();
        private @Nullable Transcoder transcoder;

        Recoding(StreamHead head, ScratchPool pool) {
            this.head = head;
            this.pool = pool;
        }

        /// The answer lives until [#release], or as long as the message.
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
                ChunkBytes coded =
                        coder.transcode(
                                new IpcMessage(metadata, bodyBytes), body.asSlice(0, bodyBytes));
                bodies.add(coder.handOver());
                return coded;
            } finally {
                pool.giveBack(body);
            }
        }

        /// Ends the use of all answers.
        void release() {
            bodies.forEach(pool::giveBack);
            bodies.clear();
        }

        @Override
        public void close() {
            release();
            if (transcoder != null) {
                transcoder.close();
            }
        }
    }
}
