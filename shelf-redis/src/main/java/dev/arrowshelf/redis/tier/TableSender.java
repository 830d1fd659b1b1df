package dev.arrowshelf.redis.tier;

import dev.arrowshelf.redis.flow.Blocking;
import dev.arrowshelf.redis.flow.Window;
import dev.arrowshelf.redis.layout.ChunkEntry;
import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.layout.Manifest;
import dev.arrowshelf.redis.layout.PartitionEntry;
import dev.arrowshelf.redis.layout.PartitionRule;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.publish.Publication;
import dev.arrowshelf.redis.publish.SplitJournal;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.persist.OutgoingTable;
import dev.arrowshelf.store.persist.TableTransfer;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/// Sends one table: plan, chunks straight from mapped memory, manifest last. For one thread; the
/// link is the tier's.
final class TableSender {
    /// A page less than 4 MiB: with its header a value of Redis then just fits its size class.
    private static final long CHUNK_BYTES = (4L << 20) - 4096;

    private static final long MOST_BYTES_UNDER_WAY = 32L << 20;
    private static final int MOST_UNDER_WAY = 64;
    private static final int MOST_PASSES = 5;
    private static final long LEAST_MARGIN_MILLIS = 60_000;

    private final RedisLink link;
    private final DataSetKeys keys;
    private final long generation;
    private final Window window = new Window(MOST_BYTES_UNDER_WAY, MOST_UNDER_WAY);

    TableSender(RedisLink link, DataSetKeys keys, long generation) {
        this.link = link;
        this.keys = keys;
        this.generation = generation;
    }

    /// Sends the table and returns its generation.
    long send(OutgoingTable table) {
        InstantSource clock = InstantSource.system();
        long expires = TableTransfer.expiresMillisIn(table.manifest());
        long left = expires == 0 ? 0 : Math.max(1, expires - clock.millis());
        Duration timeToLive = Duration.ofMillis(left);
        Duration chunkTime =
                Duration.ofMillis(left == 0 ? 0 : left + Math.max(left / 10, LEAST_MARGIN_MILLIS));
        MemorySegment head = MemorySegment.ofArray(table.manifest());
        SplitJournal journal = new SplitJournal(link, keys);
        SplitJournal.Begun begun =
                new SplitJournal.Begun("tier", Layout.TIER, pieces(head), chunks(table));
        Publication publication = new Publication(link, keys);
        journal.begin(generation, begun, chunkTime);
        try {
            ChunkEntry[] headEntries = new ChunkEntry[pieces(head)];
            List<Value> values =
                    new ArrayList<>(
                            values(head, headEntries, number -> keys.head(generation, number)));
            List<ChunkEntry[]> entries = new ArrayList<>();
            for (MemorySegment partition : table.partitions()) {
                long part = entries.size();
                ChunkEntry[] chunks = new ChunkEntry[pieces(partition)];
                values.addAll(
                        values(
                                partition,
                                chunks,
                                number -> keys.chunk(Layout.TIER, generation, part, number)));
                entries.add(chunks);
            }
            sendAll(values, chunkTime);
            List<PartitionEntry> partitions = new ArrayList<>();
            entries.forEach(chunks ->
                    partitions.add(new PartitionEntry(partitions.size(), Arrays.asList(chunks))));
            publication.publish(
                    new Manifest(
                            generation,
                            Layout.TIER,
                            clock.millis(),
                            "none",
                            new PartitionRule("", 0, 0),
                            Arrays.asList(headEntries),
                            partitions),
                    timeToLive);
            return generation;
        } catch (RuntimeException failure) {
            window.drain();
            giveUp(publication, begun, failure);
            throw failure;
        }
    }

    /// What was sent is removed now where Redis answers, else by the next store.
    private void giveUp(
            Publication publication, SplitJournal.Begun begun, RuntimeException failure) {
        if (failure instanceof ShelfException typed && typed.code() == ErrorCode.UNAVAILABLE) {
            return;
        }
        try {
            publication.abandon(generation, begun);
        } catch (RuntimeException again) {
            failure.addSuppressed(again);
        }
    }

    private static SortedMap<Long, Integer> chunks(OutgoingTable table) {
        SortedMap<Long, Integer> chunks = new TreeMap<>();
        long part = 0;
        for (MemorySegment partition : table.partitions()) {
            chunks.put(part++, pieces(partition));
        }
        return chunks;
    }

    private static int pieces(MemorySegment bytes) {
        return Math.toIntExact((bytes.byteSize() + CHUNK_BYTES - 1) / CHUNK_BYTES);
    }

    /// One value to be.
    ///
    /// @param sent takes what the manifest says of it
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Value(byte[] key, MemorySegment bytes, Consumer<ChunkEntry> sent) {}

    private static List<Value> values(
            MemorySegment bytes, ChunkEntry[] entries, IntFunction<byte[]> key) {
        List<Value> values = new ArrayList<>();
        for (int number = 0; number < entries.length; number++) {
            int place = number;
            values.add(
                    new Value(
                            key.apply(number),
                            piece(bytes, number),
                            entry -> entries[place] = entry));
        }
        return values;
    }

    /// Returns when all are there. What Redis has lost meanwhile, by a restart or a replica that
    /// took over, is sent again.
    private void sendAll(List<Value> values, Duration timeToLive) {
        List<Value> unsent = values;
        for (int pass = 0; !unsent.isEmpty(); pass++) {
            if (pass == MOST_PASSES) {
                throw new ShelfException(
                        ErrorCode.UNAVAILABLE,
                        "values vanish while others are written (does Redis restart, or evict?): prefix="
                                + keys.prefix()
                                + ", missing="
                                + unsent.size());
            }
            unsent.forEach(value -> send(value, timeToLive));
            window.drain();
            window.check();
            unsent = lost(values);
        }
    }

    private List<Value> lost(List<Value> values) {
        List<CompletableFuture<Long>> lengths =
                values.stream().map(value -> link.length(value.key())).toList();
        List<Value> lost = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            if (Blocking.get(lengths.get(i)) != values.get(i).bytes().byteSize()) {
                lost.add(values.get(i));
            }
        }
        return lost;
    }

    private static MemorySegment piece(MemorySegment bytes, long number) {
        long from = number * CHUNK_BYTES;
        return bytes.asSlice(from, Math.min(CHUNK_BYTES, bytes.byteSize() - from));
    }

    private void send(Value value, Duration timeToLive) {
        long bytes = value.bytes().byteSize();
        if (!window.enter(bytes)) {
            window.check();
        }
        var _ =
                link.setSummed(value.key(), ChunkBytes.of(List.of(value.bytes())), timeToLive)
                        .whenComplete((crc, failure) -> {
                            if (failure == null) {
                                value.sent().accept(new ChunkEntry(bytes, crc, 0));
                            } else {
                                window.fail(failure);
                            }
                            window.leave(bytes);
                        });
    }
}
