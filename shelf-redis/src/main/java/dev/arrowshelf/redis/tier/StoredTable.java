package dev.arrowshelf.redis.tier;

import dev.arrowshelf.redis.flow.Blocking;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.layout.ChunkEntry;
import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.layout.Manifest;
import dev.arrowshelf.redis.layout.PartitionEntry;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.redis.read.ChunkFetcher;
import dev.arrowshelf.redis.read.ChunkRef;
import dev.arrowshelf.redis.read.ReadOptions;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.persist.SharedTable;
import dev.arrowshelf.store.spill.StoredBytes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// A table in Redis that is being fetched: chunks are asked for ahead of their use, over the bounds
/// of partitions, and checked one by one.
///
/// For one thread. Owns its scratch memory until [#close]; the link is the tier's.
final class StoredTable implements SharedTable {
    /// Eight chunks of 4 MiB at once.
    private static final ReadOptions.Limits LIMITS = new ReadOptions.Limits(64, 1, 32L << 20);

    private final TierLink tier;
    private final DataSetKeys keys;
    private final Manifest manifest;
    private final ScratchPool pool = new ScratchPool();
    private final byte[] head;
    private @Nullable ChunkFetcher fetcher;
    private int nextPartition;

    /// Fetches the head.
    StoredTable(TierLink tier, DataSetKeys keys, Manifest manifest) {
        this.tier = tier;
        this.keys = keys;
        this.manifest = manifest;
        try {
            this.head = tier.call(this::readHead);
        } catch (RuntimeException failure) {
            pool.close();
            throw failure;
        }
    }

    private byte[] readHead(RedisLink link) {
        int bytes = Math.toIntExact(manifest.head().stream().mapToLong(ChunkEntry::bytes).sum());
        byte[] all = new byte[bytes];
        int done = 0;
        int number = 0;
        for (ChunkEntry piece : manifest.head()) {
            byte[] key = keys.head(manifest.generation(), number);
            ChunkRef ref = ref(key, -1, number++, piece);
            MemorySegment memory = pool.take(piece.bytes());
            long length = Blocking.get(link.get(key, memory.asSlice(0, piece.bytes())));
            MemorySegment value = memory.asSlice(0, Math.clamp(length, 0, piece.bytes()));
            ref.check(length, value);
            MemorySegment.copy(value, ValueLayout.JAVA_BYTE, 0, all, done, (int) length);
            done += (int) length;
            pool.giveBack(memory);
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

    @Override
    public void read(int partition, long bytes, int crc, StoredBytes.Target target)
            throws IOException {
        if (partition >= manifest.partitions().size()
                || manifest.partitions().get(partition).bytes() != bytes) {
            throw new ShelfException(
                    ErrorCode.CORRUPT,
                    "table does not fit its manifest: key=%s:manifest, partition=%d, bytes=%d"
                            .formatted(keys.prefix(), partition, bytes));
        }
        CRC32 seen = new CRC32();
        try {
            tier.call(link -> {
                copy(link, partition, seen, target);
                return bytes;
            });
        } catch (TargetFailedException failure) {
            throw failure.cause;
        }
        if ((int) seen.getValue() != crc) {
            throw new ShelfException(
                    ErrorCode.CORRUPT,
                    "partition does not fit its checksum: prefix=%s, partition=%d, bytes=%d"
                            .formatted(keys.prefix(), partition, bytes));
        }
    }

    private void copy(RedisLink link, int partition, CRC32 crc, StoredBytes.Target target) {
        ChunkFetcher chunks = from(link, partition);
        long done = 0;
        for (int left = manifest.partitions().get(partition).chunks().size(); left > 0; left--) {
            ChunkFetcher.Fetched fetched = chunks.next();
            if (fetched == null) {
                throw new IllegalStateException("chunks ended early: partition=" + partition);
            }
            try {
                MemorySegment value = fetched.bytes();
                if (value == null) {
                    fetched.ref().check(RedisLink.MISSING, fetched.memory());
                    throw new IllegalStateException("missing value passed its check");
                }
                crc.update(value.asByteBuffer());
                target.write(value, done);
                done += value.byteSize();
            } catch (IOException failure) {
                throw new TargetFailedException(failure);
            } finally {
                chunks.giveBack(fetched);
            }
        }
        nextPartition = partition + 1;
    }

    /// What is on its way already, when the partitions are read in their order.
    private ChunkFetcher from(RedisLink link, int partition) {
        ChunkFetcher begun = fetcher;
        if (begun != null && nextPartition == partition) {
            return begun;
        }
        end();
        List<ChunkRef> refs = new ArrayList<>();
        List<PartitionEntry> partitions = manifest.partitions();
        for (PartitionEntry each : partitions.subList(partition, partitions.size())) {
            for (int number = 0; number < each.chunks().size(); number++) {
                byte[] key = keys.chunk(Layout.TIER, manifest.generation(), each.part(), number);
                refs.add(ref(key, each.part(), number, each.chunks().get(number)));
            }
        }
        ChunkFetcher made = new ChunkFetcher(link, pool, refs, LIMITS, new Progress());
        fetcher = made;
        return made;
    }

    private void end() {
        ChunkFetcher begun = fetcher;
        fetcher = null;
        if (begun != null) {
            begun.close();
        }
    }

    @Override
    public void close() {
        end();
        pool.close();
    }

    /// Carries the target's own failure out of the call.
    private static final class TargetFailedException extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient IOException cause;

        TargetFailedException(IOException cause) {
            super(cause);
            this.cause = cause;
        }
    }
}
