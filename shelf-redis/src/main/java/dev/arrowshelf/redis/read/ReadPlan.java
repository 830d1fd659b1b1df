package dev.arrowshelf.redis.read;

import dev.arrowshelf.redis.flow.Blocking;
import dev.arrowshelf.redis.layout.ChunkEntry;
import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.layout.Manifest;
import dev.arrowshelf.redis.layout.PartitionEntry;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.publish.Publication;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/// What has to be fetched: found in the manifest, or, where there is none, by asking for the values
/// that the original program would have written.
///
/// @param manifest where there is one
/// @param layout of the values
/// @param head pieces of the head
/// @param chunks in the order in which their rows are given
/// @param missing keys that are not there, found already
record ReadPlan(
        Optional<Manifest> manifest,
        Layout layout,
        List<ChunkRef> head,
        List<ChunkRef> chunks,
        List<String> missing) {
    private static final int LENGTHS_AT_ONCE = 1000;

    ReadPlan {
        head = List.copyOf(head);
        chunks = List.copyOf(chunks);
        missing = List.copyOf(missing);
    }

    /// Returns the bytes of all that is to be fetched.
    long bytes() {
        return head.stream().mapToLong(ChunkRef::bytes).sum()
                + chunks.stream().mapToLong(ChunkRef::bytes).sum();
    }

    /// Looks at what there is.
    ///
    /// @throws ShelfException NOT_FOUND when there is nothing below the prefix, or not the
    ///   partition
    static ReadPlan of(RedisLink link, ReadOptions options) {
        Publication publication = new Publication(link, options.keys());
        Optional<Manifest> manifest = publication.find();
        return manifest.isPresent()
                ? named(manifest.get(), options)
                : foreign(link, publication, options);
    }

    private static ReadPlan named(Manifest manifest, ReadOptions options) {
        if (manifest.layout() == Layout.TIER) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "this is a table of a shelf's tier, not a data set (promote it): prefix="
                            + options.keys().prefix());
        }
        DataSetKeys keys = options.keys();
        long generation = manifest.generation();
        List<ChunkRef> head = new ArrayList<>();
        for (ChunkEntry piece : manifest.head()) {
            head.add(ref(keys.head(generation, head.size()), -1, head.size(), piece));
        }
        List<ChunkRef> chunks = new ArrayList<>();
        for (PartitionEntry partition : chosen(manifest, options)) {
            requireBatches(partition, manifest, options);
            for (int number = 0; number < partition.chunks().size(); number++) {
                long part = partition.part();
                byte[] key = keys.chunk(manifest.layout(), generation, part, number);
                chunks.add(ref(key, part, number, partition.chunks().get(number)));
            }
        }
        return new ReadPlan(Optional.of(manifest), manifest.layout(), head, chunks, List.of());
    }

    private static ChunkRef ref(byte[] key, long part, int number, ChunkEntry entry) {
        return new ChunkRef(text(key), part, number, entry.bytes(), OptionalInt.of(entry.crc()));
    }

    private static List<PartitionEntry> chosen(Manifest manifest, ReadOptions options) {
        if (options.partitions().isEmpty()) {
            return manifest.partitions();
        }
        List<PartitionEntry> chosen = new ArrayList<>();
        for (long part : options.partitions().get()) {
            manifest.partitions().stream()
                    .filter(partition -> partition.part() == part)
                    .findFirst()
                    .ifPresentOrElse(
                            chosen::add,
                            () -> {
                                if (!options.allowMissing()) {
                                    throw noPartition(options, part);
                                }
                            });
        }
        return chosen;
    }

    private static ShelfException noPartition(ReadOptions options, long part) {
        return new ShelfException(
                ErrorCode.NOT_FOUND,
                "data set has no such partition: prefix="
                        + options.keys().prefix()
                        + ", partition="
                        + part);
    }

    /// A number that is too small would silently cut a partition. One that is too large promises
    /// nothing: the manifest says what there is.
    private static void requireBatches(
            PartitionEntry partition, Manifest manifest, ReadOptions options) {
        boolean tooFew =
                manifest.layout() == Layout.ARROWREDIS
                        && options.batches().isPresent()
                        && options.batches().getAsInt() < partition.chunks().size();
        if (tooFew && !options.allowMissing()) {
            throw tooFew(options, partition.part(), partition.chunks().size());
        }
    }

    private static ShelfException tooFew(ReadOptions options, long part, long found) {
        return new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                "partition has more batches than asked for (raise --batches): prefix="
                        + options.keys().prefix()
                        + ", partition="
                        + part
                        + ", batches="
                        + options.batches().orElse(0)
                        + ", found="
                        + found);
    }

    private static ReadPlan foreign(RedisLink link, Publication publication, ReadOptions options) {
        List<Long> parts = options.partitions().orElseGet(() -> discovered(publication, options));
        if (options.batches().isEmpty()) {
            throw new ShelfException(
                    ErrorCode.NOT_FOUND,
                    "no such data set (no manifest; to read values that were written without one, say how many batches a partition has): prefix="
                            + options.keys().prefix());
        }
        int batches = options.batches().getAsInt();
        List<ChunkRef> chunks = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        for (long part : parts) {
            int before = chunks.size();
            lengths(link, options, part, batches, chunks, missing);
            if (chunks.size() == before && !options.allowMissing()) {
                throw noPartition(options, part);
            }
        }
        if (!missing.isEmpty() && !options.allowMissing()) {
            throw new ShelfException(
                    ErrorCode.INCOMPLETE,
                    "chunks are missing (--allow-missing reads the others): key="
                            + missing.getFirst()
                            + ", missing="
                            + missing.size());
        }
        return new ReadPlan(Optional.empty(), Layout.ARROWREDIS, List.of(), chunks, missing);
    }

    private static List<Long> discovered(Publication publication, ReadOptions options) {
        SortedSet<Long> parts =
                publication.foreign().stream()
                        .map(options.keys()::foreignChunk)
                        .filter(it -> it != null)
                        .map(it -> it[0])
                        .collect(Collectors.toCollection(TreeSet::new));
        if (parts.isEmpty()) {
            throw new ShelfException(
                    ErrorCode.NOT_FOUND, "no such data set: prefix=" + options.keys().prefix());
        }
        return List.copyOf(parts);
    }

    /// Asks for the lengths of a partition's values, and of the one behind the last.
    private static void lengths(
            RedisLink link,
            ReadOptions options,
            long part,
            int batches,
            List<ChunkRef> chunks,
            List<String> missing) {
        for (int from = 0; from <= batches; from += LENGTHS_AT_ONCE) {
            int to = Math.min(batches + 1, from + LENGTHS_AT_ONCE);
            List<CompletableFuture<Long>> answers = new ArrayList<>();
            for (int number = from; number < to; number++) {
                answers.add(link.length(options.keys().chunk(Layout.ARROWREDIS, 0, part, number)));
            }
            for (int number = from; number < to; number++) {
                long length = Blocking.get(answers.get(number - from));
                String key = text(options.keys().chunk(Layout.ARROWREDIS, 0, part, number));
                if (number == batches) {
                    if (length >= 0 && !options.allowMissing()) {
                        throw tooFew(options, part, number + 1L);
                    }
                } else if (length < 0) {
                    missing.add(key);
                } else {
                    chunks.add(new ChunkRef(key, part, number, length, OptionalInt.empty()));
                }
            }
        }
    }

    private static String text(byte[] key) {
        return new String(key, StandardCharsets.UTF_8);
    }
}
