package dev.arrowshelf.redis.tier;

import dev.arrowshelf.redis.flow.Blocking;
import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.layout.Manifest;
import dev.arrowshelf.redis.layout.ManifestText;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.redis.publish.Publication;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.persist.OutgoingTable;
import dev.arrowshelf.store.persist.SharedTable;
import dev.arrowshelf.store.persist.SharedTier;
import dev.arrowshelf.store.persist.TableTransfer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Tables of shelves in Redis or a Redis Cluster, one data set each (docs/spec/redis-layout.md,
/// section 6).
///
/// Thread-safe. Owns its connections and a thread until [#close]. Fetching and storing hold 32 MiB
/// at most of what is under way, whatever the table's size.
public final class RedisTier implements SharedTier {
    /// What keys begin with unless told otherwise.
    public static final String DEFAULT_PREFIX = "shelf";

    private static final Duration MOST_CONNECT = Duration.ofSeconds(2);
    private static final RedisOptions.RetryOptions RETRY =
            new RedisOptions.RetryOptions(2, Duration.ofMillis(100), Duration.ofSeconds(2));

    /// How long it is known that a name was deleted.
    private static final Duration TOMBSTONE_TIME = Duration.ofDays(7);

    private static final int TRIES = 5;

    /// The magic and the generation, in the manifest's first line.
    private static final int GENERATION_BYTES = ManifestText.MAGIC.length() + 16 + 1;

    private final TierKeys keys;
    private final TierLink tier;

    private RedisTier(RedisOptions options, String prefix) {
        this.keys = new TierKeys(prefix);
        this.tier = new TierLink(options, (prefix + ":probe").getBytes(StandardCharsets.UTF_8));
    }

    /// Works under a prefix. Redis need not answer yet; commands are given up sooner than those of
    /// a split, because somebody waits for a table.
    ///
    /// @throws ShelfException `INVALID_ARGUMENT` for an impossible prefix
    public static RedisTier open(RedisOptions options, String prefix) {
        RedisOptions.Limits limits = options.limits();
        Duration connect = limits.connectTimeout();
        RedisOptions hasty =
                options.withRetry(RETRY)
                        .withLimits(
                                new RedisOptions.Limits(
                                        limits.connections(),
                                        limits.bytesInFlight(),
                                        limits.timeout(),
                                        connect.compareTo(MOST_CONNECT) < 0
                                                ? connect
                                                : MOST_CONNECT,
                                        limits.keepAlive()));
        return new RedisTier(hasty, prefix);
    }

    /// Death before the manifest is published: the table that was there is there still, and the
    /// next store removes what this one left. After it: the new one.
    @Override
    public long publish(OutgoingTable table) {
        DataSetKeys own = keys.of(table.name());
        return tier.call(link -> {
            long now = generation(link, own);
            long fresh = DataSetKeys.newGeneration(System.currentTimeMillis() * 1000);
            return new TableSender(link, own, Math.max(fresh, now + 1)).send(table);
        });
    }

    private static long generation(RedisLink link, DataSetKeys own) {
        return generation(own, Blocking.get(link.begin(own.manifest(), GENERATION_BYTES)));
    }

    private static long generation(DataSetKeys own, Optional<byte[]> begin) {
        return begin.map(line -> ManifestText.generation(line, own.prefix() + ":manifest"))
                .orElse(0L);
    }

    /// A head that a later publication removed meanwhile is looked for anew; a damaged one is not.
    @Override
    public @Nullable SharedTable fetch(String name) {
        DataSetKeys own = keys.of(name);
        for (int tries = 1; ; tries++) {
            Optional<Manifest> manifest = tier.call(link -> new Publication(link, own).find());
            if (manifest.isEmpty()) {
                return null;
            }
            long published = manifest.get().generation();
            try {
                return stored(name, own, manifest.get());
            } catch (ShelfException failure) {
                if (tries == TRIES
                        || !isOfValues(failure)
                        || generations(List.of(name)).getFirst() == published) {
                    throw failure;
                }
            }
        }
    }

    private static boolean isOfValues(ShelfException failure) {
        return failure.code() == ErrorCode.INCOMPLETE || failure.code() == ErrorCode.CORRUPT;
    }

    private StoredTable stored(String name, DataSetKeys own, Manifest manifest) {
        if (manifest.layout() != Layout.TIER) {
            throw new ShelfException(
                    ErrorCode.CORRUPT,
                    "this is a data set, not a table of a shelf: key="
                            + own.prefix()
                            + ":manifest");
        }
        StoredTable table = new StoredTable(tier, own, manifest);
        try {
            String stored = TableTransfer.nameIn(table.manifest());
            if (!stored.equals(name)) {
                throw new ShelfException(
                        ErrorCode.CORRUPT,
                        "table has another name than its key: key=%s:manifest, name=%s"
                                .formatted(own.prefix(), stored));
            }
            return table;
        } catch (RuntimeException failure) {
            table.close();
            throw failure;
        }
    }

    @Override
    public List<Long> generations(List<String> names) {
        return tier.call(link -> {
            List<CompletableFuture<Optional<byte[]>>> answers = new ArrayList<>();
            for (String name : names) {
                answers.add(link.begin(keys.of(name).manifest(), GENERATION_BYTES));
            }
            List<Long> generations = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                generations.add(generation(keys.of(names.get(i)), Blocking.get(answers.get(i))));
            }
            return generations;
        });
    }

    @Override
    public long bury(String name) {
        DataSetKeys own = keys.of(name);
        return tier.call(link -> {
            for (int tries = 1; ; tries++) {
                long now = generation(link, own);
                long fresh = DataSetKeys.newGeneration(System.currentTimeMillis() * 1000);
                long generation = Math.max(fresh, now + 1);
                try {
                    new Publication(link, own).bury(generation, TOMBSTONE_TIME);
                    return generation;
                } catch (ShelfException overtaken) {
                    if (overtaken.code() != ErrorCode.ALREADY_EXISTS || tries == TRIES) {
                        throw overtaken;
                    }
                }
            }
        });
    }

    @Override
    public boolean remove(String name) {
        boolean existed =
                tier.call(link -> new Publication(link, keys.of(name)).find().isPresent());
        long _ = bury(name);
        return existed;
    }

    /// Looks at every key of the database.
    @Override
    public List<String> names() {
        return tier.call(link -> {
            List<String> names = new ArrayList<>();
            for (byte[] key : link.scan(keys.manifests())) {
                String prefix = new String(key, StandardCharsets.UTF_8);
                DataSetKeys own = new DataSetKeys(prefix.substring(0, prefix.lastIndexOf(':')));
                Optional<Manifest> manifest = new Publication(link, own).find();
                if (manifest.isPresent() && manifest.get().layout() == Layout.TIER) {
                    try (StoredTable table = new StoredTable(tier, own, manifest.get())) {
                        names.add(TableTransfer.nameIn(table.manifest()));
                    }
                }
            }
            return names;
        });
    }

    @Override
    public String state() {
        return tier.state();
    }

    @Override
    public void close() {
        tier.close();
    }
}
