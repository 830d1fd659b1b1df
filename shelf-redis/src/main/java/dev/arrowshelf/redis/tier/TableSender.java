package dev.arrowshelf.redis.tier;

import dev.arrowshelf.redis.flow.Window;
import dev.arrowshelf.redis.layout.Checksum;
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
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Sends one table: plan, chunks straight from mapped memory, manifest last. For one thread; the
/// link is the tier's.
final class TableSender {
    /// A page less than 4 MiB: with its header a value of Redis then just fits its size class.
    private static final long CHUNK_BYTES = (4L << 20) - 4096;

    private static final long MOST_BYTES_UNDER_WAY = 32L << 20;
    private static final int MOST_UNDER_WAY = 64;
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
            List<ChunkEntry> headEntries = sendHead(head, chunkTime);
            List<PartitionEntry> partitions = new ArrayList<>();
            for (MemorySegment partition : table.partitions()) {
                partitions.add(sendPartition(partitions.size(), partition, chunkTime));
            }
            window.drain();
            window.check();
            publication.publish(
                    new Manifest(
                            generation,
                            Layout.TIER,
                            clock.millis(),
                            "none",
                            new PartitionRule("", 0, 0),
                            headEntries,
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

    private List<ChunkEntry> sendHead(MemorySegment head, Duration timeToLive) {
        List<ChunkEntry> entries = new ArrayList<>();
        for (int number = 0; number < pieces(head); number++) {
            MemorySegment piece = piece(head, number);
            entries.add(new ChunkEntry(piece.byteSize(), Checksum.of(piece), 0));
            send(keys.head(generation, number), piece, timeToLive);
        }
        return entries;
    }

    private PartitionEntry sendPartition(long part, MemorySegment bytes, Duration timeToLive) {
        List<ChunkEntry> entries = new ArrayList<>();
        for (int number = 0; number < pieces(bytes); number++) {
            MemorySegment piece = piece(bytes, number);
            entries.add(new ChunkEntry(piece.byteSize(), Checksum.of(piece), 0));
            send(keys.chunk(Layout.TIER, generation, part, number), piece, timeToLive);
        }
        return new PartitionEntry(part, entries);
    }

    private static MemorySegment piece(MemorySegment bytes, long number) {
        long from = number * CHUNK_BYTES;
        return bytes.asSlice(from, Math.min(CHUNK_BYTES, bytes.byteSize() - from));
    }

    private void send(byte[] key, MemorySegment piece, Duration timeToLive) {
        if (!window.enter(piece.byteSize())) {
            window.check();
        }
        var _ =
                link.set(key, ChunkBytes.of(List.of(piece)), timeToLive)
                        .whenComplete((_, failure) -> {
                            if (failure != null) {
                                window.fail(failure);
                            }
                            window.leave(piece.byteSize());
                        });
    }
}
