package dev.arrowshelf.redis.tier;

import dev.arrowshelf.redis.flow.Blocking;
import dev.arrowshelf.redis.layout.ChunkEntry;
import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.layout.Manifest;
import dev.arrowshelf.redis.layout.PartitionEntry;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.read.ChunkRef;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.persist.Landing;
import dev.arrowshelf.store.persist.SharedTable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// A table in Redis that is being fetched: values are asked for ahead, over the bounds of
/// partitions, and checked one by one.
///
/// For one thread; the link is the tier's.
final class StoredTable implements SharedTable {
    /// Values of 4 MiB at most.
    private static final int MOST_UNDER_WAY = 8;

    private final TierLink tier;
    private final DataSetKeys keys;
    private final Manifest manifest;
    private final byte[] head;

    /// Fetches the head.
    StoredTable(TierLink tier, DataSetKeys keys, Manifest manifest) {
        this.tier = tier;
        this.keys = keys;
        this.manifest = manifest;
        this.head = tier.call(this::readHead);
    }

    private byte[] readHead(RedisLink link) {
        int bytes = Math.toIntExact(manifest.head().stream().mapToLong(ChunkEntry::bytes).sum());
        byte[] all = new byte[bytes];
        MemorySegment memory = MemorySegment.ofArray(all);
        long done = 0;
        int number = 0;
        for (ChunkEntry piece : manifest.head()) {
            byte[] key = keys.head(manifest.generation(), number);
            MemorySegment room = memory.asSlice(done, piece.bytes());
            ref(key, -1, number++, piece).check(Blocking.get(link.getSummed(key, room)));
            done += piece.bytes();
        }
        return all;
    }

    private static ChunkRef ref(byte[] key, long part, int number, ChunkEntry entry) {
        return new ChunkRef(
                new String(key, StandardCharsets.UTF_8),
                part,
                number,
                entry.bytes(),
                OptionalInt.of(entry.crc()));
    }

    @Override
    public long published() {
        return manifest.generation();
    }

    @Override
    public byte[] manifest() {
        return head;
    }

    /// Values are received where they stay. Those of a partition that has all of its values, each
    /// with the checksum that it was published with, are the bytes that were published.
    @Override
    public void read(List<Part> parts) throws IOException {
        requireFit(parts);
        try {
            tier.call(link -> {
                fetch(link, parts);
                return parts;
            });
        } catch (LandingFailedException failure) {
            throw failure.cause;
        }
    }

    private void requireFit(List<Part> parts) {
        List<PartitionEntry> partitions = manifest.partitions();
        for (int i = 0; i < parts.size(); i++) {
            long bytes = parts.get(i).bytes();
            if (i >= partitions.size() || partitions.get(i).bytes() != bytes) {
                throw new ShelfException(
                        ErrorCode.CORRUPT,
                        "table does not fit its manifest: key=%s:manifest, partition=%d, bytes=%d"
                                .formatted(keys.prefix(), i, bytes));
            }
        }
    }

    /// Whatever happens, nothing is under way any more afterwards: the memory ends then.
    private void fetch(RedisLink link, List<Part> parts) {
        Deque<Coming> coming = new ArrayDeque<>();
        try {
            for (int i = 0; i < parts.size(); i++) {
                PartitionEntry partition = manifest.partitions().get(i);
                long offset = 0;
                for (int number = 0; number < partition.chunks().size(); number++) {
                    if (coming.size() == MOST_UNDER_WAY) {
                        arrive(coming.removeFirst());
                    }
                    ChunkEntry entry = partition.chunks().get(number);
                    byte[] key =
                            keys.chunk(
                                    Layout.TIER, manifest.generation(), partition.part(), number);
                    MemorySegment room = parts.get(i).landing().place(offset, entry.bytes());
                    offset += entry.bytes();
                    ChunkRef ref = ref(key, partition.part(), number, entry);
                    CompletableFuture<Void> checked =
                            link.getSummed(key, room).thenAccept(ref::check);
                    boolean last = offset == partition.bytes();
                    coming.add(new Coming(checked, last ? parts.get(i).landing() : null));
                }
            }
            while (!coming.isEmpty()) {
                arrive(coming.removeFirst());
            }
        } catch (IOException failure) {
            throw new LandingFailedException(failure);
        } finally {
            coming.forEach(each -> each.checked().handle((_, _) -> 0).join());
        }
    }

    private static void arrive(Coming value) throws IOException {
        Blocking.get(value.checked());
        Landing complete = value.complete();
        if (complete != null) {
            complete.done();
        }
    }

    /// @param complete the partition's landing, where this is its last value
    private record Coming(CompletableFuture<Void> checked, @Nullable Landing complete) {}

    @Override
    public void close() {
        // the head is all that is held
    }

    /// Carries a landing's own failure out of the call.
    private static final class LandingFailedException extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient IOException cause;

        LandingFailedException(IOException cause) {
            super(cause);
            this.cause = cause;
        }
    }
}
