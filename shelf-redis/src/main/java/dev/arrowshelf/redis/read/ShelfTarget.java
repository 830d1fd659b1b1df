package dev.arrowshelf.redis.read;

import dev.arrowshelf.redis.ipc.MessageBytes;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.VectorSource;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// Puts the batches on a shelf as one table, which nobody sees before it is whole.
final class ShelfTarget implements ReadTarget {
    private final Shelf shelf;
    private final String name;
    private final PutOptions options;

    ShelfTarget(Shelf shelf, String name, PutOptions options) {
        this.shelf = shelf;
        this.name = name;
        this.options = options;
    }

    @Override
    public void take(DataSetStream stream, ScratchPool pool, Clock clock) {
        Feed feed = new Feed(stream, clock);
        try {
            var _ = shelf.put(name, VectorSource.of(feed), options);
        } catch (ShelfException failure) {
            // The put says that its source failed; what happened there is what matters.
            ShelfException cause = feed.failure;
            throw cause == null ? failure : cause;
        } finally {
            feed.close();
        }
    }

    /// The data set as one IPC stream. A value that brings other dictionaries replaces them.
    private static final class Feed implements ReadableByteChannel {
        private final DataSetStream stream;
        private final Clock clock;
        private final Deque<MemorySegment> pieces = new ArrayDeque<>();
        private DataSetStream.@Nullable Values values;
        private StreamHead whole;
        private boolean ended;
        private @Nullable ShelfException failure;

        Feed(DataSetStream stream, Clock clock) {
            this.stream = stream;
            this.clock = clock;
            this.whole = stream.wholeHead();
            pieces.addAll(stream.head().message().pieces());
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            int done = 0;
            while (target.hasRemaining() && fill()) {
                MemorySegment piece = pieces.element();
                int length = (int) Math.min(piece.byteSize(), target.remaining());
                target.put(piece.asSlice(0, length).asByteBuffer());
                pieces.remove();
                if (length < piece.byteSize()) {
                    pieces.addFirst(piece.asSlice(length));
                }
                done += length;
            }
            return done == 0 && target.hasRemaining() ? -1 : done;
        }

        /// Returns whether a piece is at hand.
        private boolean fill() throws IOException {
            while (!pieces.isEmpty() && pieces.element().byteSize() == 0) {
                pieces.remove();
            }
            if (!pieces.isEmpty()) {
                return true;
            }
            if (ended) {
                return false;
            }
            try {
                next();
            } catch (ShelfException cause) {
                failure = cause;
                throw new IOException(cause);
            }
            return fill();
        }

        private void next() {
            giveBack();
            DataSetStream.Values following = stream.next();
            values = following;
            if (following == null) {
                ended = true;
                pieces.add(MessageBytes.end());
                return;
            }
            long since = System.nanoTime();
            if (!following.head().sameAs(whole)) {
                whole = following.head().copy();
                stream.chosen(whole).dictionaries().forEach(it -> pieces.addAll(it.pieces()));
            }
            for (ChunkBytes message : stream.messages(following)) {
                pieces.addAll(message.pieces());
            }
            clock.rows(DataSetStream.rows(following), since);
        }

        private void giveBack() {
            if (values != null) {
                stream.giveBack(values);
                values = null;
            }
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {
            giveBack();
        }
    }
}
