package dev.arrowshelf.redis.split;

import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.ipc.PartitionColumn;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.ipc.SourceFile;
import dev.arrowshelf.redis.ipc.Transcoder;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.layout.PartitionRule;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Which batches go into which chunk, known before anything is sent.
final class SplitPlan {
    /// Longest part of a message that has to be cut.
    static final long PIECE_BYTES = 64L << 20;

    /// Values may get longer by a head, and zstd by a little.
    private static final long MOST_ENCODED_BYTES = ChunkBytes.MOST_BYTES - (4 << 20);

    private static final int MOST_PARTITIONS = 1 << 20;

    private final SourceFile source;
    private final SplitOptions options;
    private final @Nullable PartitionColumn column;
    private final SortedMap<Long, List<Chunk>> partitions = new TreeMap<>();

    /// One value to be.
    ///
    /// @param part its partition
    /// @param number its number in the partition
    /// @param batches what goes in; one only where it is cut or mixed
    /// @param fromByte where a cut message's part begins; 0 otherwise
    /// @param toByte where it ends; 0 for whole messages
    /// @param mixed whether only this partition's rows of the batch belong here
    record Chunk(
            long part,
            int number,
            List<Integer> batches,
            long fromByte,
            long toByte,
            boolean mixed) {
        Chunk {
            batches = List.copyOf(batches);
        }
    }

    private SplitPlan(SourceFile source, SplitOptions options, @Nullable PartitionColumn column) {
        this.source = source;
        this.options = options;
        this.column = column;
    }

    /// Looks at the partition column of each batch.
    static SplitPlan of(SourceFile source, SplitOptions options, ScratchPool pool) {
        String name = options.splitBy().column();
        PartitionColumn column =
                name.isEmpty() ? null : PartitionColumn.find(name, source.schema());
        SplitPlan plan = new SplitPlan(source, options, column);
        List<SortedSet<Long>> parts =
                IntStream.range(0, source.batches().size())
                        .parallel()
                        .mapToObj(batch -> plan.partsOf(batch, pool))
                        .toList();
        SortedMap<Long, List<Integer>> batches = new TreeMap<>();
        for (int batch = 0; batch < parts.size(); batch++) {
            for (long part : parts.get(batch)) {
                batches.computeIfAbsent(part, _ -> new ArrayList<>()).add(batch);
            }
        }
        if (batches.size() > MOST_PARTITIONS) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "too many partitions: partitions="
                            + batches.size()
                            + ", greatest="
                            + MOST_PARTITIONS);
        }
        Set<Integer> mixed =
                IntStream.range(0, parts.size())
                        .filter(batch -> parts.get(batch).size() > 1)
                        .boxed()
                        .collect(Collectors.toSet());
        batches.forEach((part, all) -> plan.partitions.put(part, plan.pack(part, all, mixed)));
        return plan;
    }

    /// Returns the chunks by partition.
    SortedMap<Long, List<Chunk>> partitions() {
        return partitions;
    }

    /// Returns all chunks in the order of the file.
    List<Chunk> inFileOrder() {
        return partitions.values().stream()
                .flatMap(List::stream)
                .sorted(Comparator.comparingInt(chunk -> chunk.batches().getFirst()))
                .toList();
    }

    /// Returns the bytes of all record batches as they lie in the file.
    long sourceBytes() {
        return source.batches().stream().mapToLong(batch -> batch.message().bodyBytes()).sum();
    }

    /// Returns the rule that is in force: without the column where the file has none.
    PartitionRule rule() {
        PartitionRule asked = options.splitBy();
        return column == null
                ? new PartitionRule("", 0, Math.max(1, asked.batches()))
                : new PartitionRule(asked.column(), asked.width(), 0);
    }

    /// Returns the values of the partition column of a batch.
    long[] values(int batch, ScratchPool pool) {
        PartitionColumn found = column;
        if (found == null) {
            throw new IllegalStateException("file has no partition column");
        }
        LocatedMessage message = source.batches().get(batch);
        return found.values(source.metadata(message, batch + 1), source.body(message), pool);
    }

    private SortedSet<Long> partsOf(int batch, ScratchPool pool) {
        requireFits(batch);
        PartitionRule rule = rule();
        PartitionColumn found = column;
        if (found == null) {
            return new TreeSet<>(Set.of((long) batch / rule.batches()));
        }
        LocatedMessage message = source.batches().get(batch);
        OptionalLong only =
                found.only(source.metadata(message, batch + 1), source.body(message), pool);
        if (only.isPresent()) {
            return new TreeSet<>(Set.of(rule.partOf(only.getAsLong())));
        }
        return Arrays.stream(values(batch, pool))
                .map(rule::partOf)
                .boxed()
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// Refuses what Redis cannot hold before anything is written.
    private void requireFits(int batch) {
        LocatedMessage message = source.batches().get(batch);
        BatchMetadata metadata = source.metadata(message, batch + 1);
        boolean encoded = isEncoded(metadata);
        long bytes = message.message().bodyBytes();
        if (encoded) {
            bytes =
                    Arrays.stream(
                                    Transcoder.checked(
                                            metadata, source.body(message), source.schema()))
                            .sum();
        }
        boolean whole = encoded || options.layout() == Layout.ARROWREDIS;
        if (whole && bytes > MOST_ENCODED_BYTES) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "batch is longer than a value of Redis may be (write smaller batches, or store them as they are in the layout arrowshelf): batch="
                            + batch
                            + ", bytes="
                            + bytes
                            + ", greatest="
                            + MOST_ENCODED_BYTES);
        }
    }

    static Compression codec(BatchMetadata batch) {
        return Compression.of(batch.codec());
    }

    private List<Chunk> pack(long part, List<Integer> batches, Set<Integer> mixed) {
        List<Chunk> chunks = new ArrayList<>();
        List<Integer> pack = new ArrayList<>();
        long packed = 0;
        long most = options.layout() == Layout.ARROWREDIS ? 0 : options.limits().chunkBytes();
        for (int batch : batches) {
            long bytes = source.framed(source.batches().get(batch)).bytes();
            boolean cut = bytes > PIECE_BYTES && isCut(batch);
            boolean alone = mixed.contains(batch) || cut;
            if (!pack.isEmpty() && (alone || packed + bytes > most)) {
                chunks.add(new Chunk(part, chunks.size(), pack, 0, 0, false));
                pack.clear();
                packed = 0;
            }
            if (cut && !mixed.contains(batch)) {
                for (long from = 0; from < bytes; from += PIECE_BYTES) {
                    long to = Math.min(bytes, from + PIECE_BYTES);
                    chunks.add(new Chunk(part, chunks.size(), List.of(batch), from, to, false));
                }
            } else if (alone) {
                chunks.add(new Chunk(part, chunks.size(), List.of(batch), 0, 0, true));
            } else {
                pack.add(batch);
                packed += bytes;
            }
        }
        if (!pack.isEmpty()) {
            chunks.add(new Chunk(part, chunks.size(), pack, 0, 0, false));
        }
        return chunks;
    }

    /// Messages that are given another compression are never cut: they were found short enough.
    private boolean isCut(int batch) {
        return options.layout() == Layout.ARROWSHELF
                && !isEncoded(source.metadata(source.batches().get(batch), batch + 1));
    }

    /// Returns whether a batch is given another compression.
    boolean isEncoded(BatchMetadata batch) {
        return options.compression().filter(it -> it != codec(batch)).isPresent();
    }
}
