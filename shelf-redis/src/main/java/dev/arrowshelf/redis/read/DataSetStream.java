package dev.arrowshelf.redis.read;

import dev.arrowshelf.redis.flow.Blocking;
import dev.arrowshelf.redis.ipc.Projection;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.store.ipc.IpcScanner;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.ipc.layout.MessageFrame;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.MessageHead;
import dev.arrowshelf.store.ipc.metadata.MetadataBytes;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The record batches of a data set, in order, as they come from Redis.
///
/// [#next] may be called by several threads; each gives back what it got. Owns what is under way
/// until [#close]; link and pool are the caller's.
final class DataSetStream implements AutoCloseable {
    private final ReadPlan plan;
    private final ReadOptions options;
    private final ScratchPool pool;
    private final ChunkFetcher fetcher;
    private final StreamHead head;
    private final Optional<Projection> projection;
    private final List<String> missing = new ArrayList<>();
    private @Nullable Values first;
    private long given;

    /// Fetches the head, or the first value where heads are in the values.
    DataSetStream(
            RedisLink link,
            ScratchPool pool,
            ReadPlan plan,
            ReadOptions options,
            Progress progress) {
        this.plan = plan;
        this.options = options;
        this.pool = pool;
        this.missing.addAll(plan.missing());
        this.fetcher = new ChunkFetcher(link, pool, plan.chunks(), options.limits(), progress);
        try {
            if (plan.head().isEmpty()) {
                this.first = fetch();
                if (first == null) {
                    throw new ShelfException(
                            ErrorCode.INCOMPLETE,
                            "data set has no value from which its schema could be read: prefix="
                                    + options.keys().prefix());
                }
                this.head = first.head().copy();
            } else {
                this.head = StreamHead.parse(fetchHead(link, progress)).head();
            }
            this.projection =
                    options.columns().map(columns -> Projection.of(head.schema(), columns));
        } catch (Throwable failure) {
            fetcher.close();
            throw failure;
        }
    }

    /// One or more record batches, to be given back.
    ///
    /// @param number counts what is handed out, in order, from 0
    /// @param head what they need: the data set's, or, in the layout of ArrowRedis, the value's own
    /// @param bytes where they lie
    /// @param batches messages in it
    /// @param release gives the memory back
    record Values(
            long number,
            StreamHead head,
            MemorySegment bytes,
            List<LocatedMessage> batches,
            Runnable release) {}

    /// Returns the head, of the chosen columns only.
    StreamHead head() {
        return chosen(head);
    }

    /// Returns the head as it was read.
    StreamHead wholeHead() {
        return head;
    }

    /// Returns a head of the chosen columns only.
    StreamHead chosen(StreamHead whole) {
        return projection.map(it -> projected(it, whole)).orElse(whole);
    }

    private static StreamHead projected(Projection projection, StreamHead head) {
        List<ChunkBytes> dictionaries = new ArrayList<>();
        for (ChunkBytes dictionary : head.dictionaries()) {
            MemorySegment metadata = dictionary.pieces().getFirst().asSlice(8);
            BatchMetadata batch =
                    BatchMetadata.parse(MetadataBytes.copyOf(metadata, 1), head.schema());
            if (projection.keepsDictionary(batch.dictionary())) {
                dictionaries.add(dictionary);
            }
        }
        return new StreamHead(projection.schema(), dictionaries);
    }

    /// Returns keys that were left out.
    synchronized List<String> missing() {
        return List.copyOf(missing);
    }

    /// Returns the next batches, or null at the end.
    @Nullable Values next() {
        synchronized (this) {
            Values ready = first;
            if (ready != null) {
                first = null;
                return ready;
            }
        }
        return fetch();
    }

    /// Returns the messages of the chosen columns, framed; they lie in the values' memory.
    List<ChunkBytes> messages(Values values) {
        List<ChunkBytes> messages = new ArrayList<>();
        for (LocatedMessage batch : values.batches()) {
            messages.add(
                    projection
                            .map(it -> it.project(batch, Frames.body(batch, values.bytes())))
                            .orElseGet(() -> Frames.of(batch, values.bytes())));
        }
        return messages;
    }

    /// Returns the rows of the batches.
    static long rows(Values values) {
        long rows = 0;
        for (LocatedMessage batch : values.batches()) {
            rows += StreamHead.metadata(batch.message(), values.head().schema()).rows();
        }
        return rows;
    }

    /// Ends the use of batches.
    void giveBack(Values values) {
        values.release().run();
    }

    /// Waits for the network while it holds the lock: whoever waits behind could do nothing else.
    private synchronized @Nullable Values fetch() {
        while (true) {
            ChunkFetcher.@Nullable Fetched fetched = fetcher.next();
            if (fetched == null) {
                return null;
            }
            MemorySegment bytes = fetched.bytes();
            if (bytes == null) {
                fetcher.giveBack(fetched);
                left(fetched.ref());
                continue;
            }
            try {
                return plan.layout() == Layout.ARROWREDIS
                        ? foreign(fetched, bytes)
                        : ours(fetched, bytes);
            } catch (ShelfException failure) {
                fetcher.giveBack(fetched);
                throw failure.code() == ErrorCode.INVALID_IPC
                        ? corrupt(fetched.ref(), failure)
                        : failure;
            }
        }
    }

    private void left(ChunkRef ref) {
        if (!options.allowMissing()) {
            throw new ShelfException(
                    ErrorCode.INCOMPLETE,
                    "chunk is missing (--allow-missing reads the others): key=" + ref.key());
        }
        missing.add(ref.key());
    }

    private static ShelfException corrupt(ChunkRef ref, ShelfException failure) {
        return new ShelfException(
                ErrorCode.CORRUPT,
                "chunk holds no record batches: key="
                        + ref.key()
                        + ", reason="
                        + failure.getMessage(),
                failure);
    }

    private Values foreign(ChunkFetcher.Fetched fetched, MemorySegment bytes) {
        StreamHead.Parsed parsed = StreamHead.parse(bytes);
        return values(parsed.head(), bytes, parsed.batches(), () -> fetcher.giveBack(fetched));
    }

    private Values ours(ChunkFetcher.Fetched fetched, MemorySegment bytes) {
        long needed = messageBytes(bytes);
        if (needed > bytes.byteSize()) {
            return joined(fetched, bytes, needed);
        }
        return values(head, bytes, IpcScanner.scan(bytes), () -> fetcher.giveBack(fetched));
    }

    /// Called under the lock of [#fetch] only.
    private Values values(
            StreamHead its, MemorySegment bytes, List<LocatedMessage> batches, Runnable release) {
        return new Values(given++, its, bytes, batches, release);
    }

    /// Joins a message that was cut to the chunks that follow. Takers hold the lock of [#fetch], so
    /// the next chunk is the next part.
    private Values joined(ChunkFetcher.Fetched begin, MemorySegment bytes, long needed) {
        MemorySegment memory = pool.take(needed);
        try {
            MemorySegment.copy(bytes, 0, memory, 0, bytes.byteSize());
            long at = bytes.byteSize();
            while (at < needed) {
                ChunkFetcher.@Nullable Fetched part = fetcher.next();
                MemorySegment more = part == null ? null : part.bytes();
                if (part == null || more == null || more.byteSize() > needed - at) {
                    if (part != null) {
                        fetcher.giveBack(part);
                    }
                    throw new ShelfException(
                            ErrorCode.INCOMPLETE,
                            "a part of a message is missing: key="
                                    + (part == null ? begin.ref() : part.ref()).key());
                }
                MemorySegment.copy(more, 0, memory, at, more.byteSize());
                at += more.byteSize();
                fetcher.giveBack(part);
            }
        } catch (ShelfException failure) {
            pool.giveBack(memory);
            throw failure;
        }
        fetcher.giveBack(begin);
        MemorySegment whole = memory.asSlice(0, needed);
        return values(head, whole, IpcScanner.scan(whole), () -> pool.giveBack(memory));
    }

    /// Returns the length of the first message, whether it is whole or not.
    private static long messageBytes(MemorySegment bytes) {
        MessageFrame frame = MessageFrame.read(bytes, 0);
        if (frame == null) {
            return 0;
        }
        MetadataBytes metadata = MetadataBytes.copyOf(frame.metadata(bytes), 1);
        return frame.headBytes() + MessageHead.parse(metadata).bodyBytes();
    }

    private MemorySegment fetchHead(RedisLink link, Progress progress) {
        long bytes = plan.head().stream().mapToLong(ChunkRef::bytes).sum();
        MemorySegment all = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
        long at = 0;
        for (ChunkRef ref : plan.head()) {
            MemorySegment piece = all.asSlice(at, ref.bytes());
            byte[] key = ref.key().getBytes(StandardCharsets.UTF_8);
            ref.check(Blocking.get(link.getSummed(key, piece)));
            progress.done(ref.bytes());
            at += ref.bytes();
        }
        return all;
    }

    @Override
    public void close() {
        fetcher.close();
    }
}
