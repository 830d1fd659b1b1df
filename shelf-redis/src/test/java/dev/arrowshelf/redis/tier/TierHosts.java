package dev.arrowshelf.redis.tier;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.persist.SharedTier;
import dev.arrowshelf.store.tier.TierOptions;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.time.Duration;

/// Shelves that stand for hosts: directories of their own, and a Redis.
final class TierHosts {
    private TierHosts() {}

    static Shelf open(TemporaryShelf temporary, String host, String url, Duration refresh) {
        return open(temporary, host, RedisTier.open(RedisOptions.of(url), "shelf"), refresh);
    }

    static Shelf open(TemporaryShelf temporary, String host, SharedTier tier, Duration refresh) {
        ShelfOptions options =
                ShelfOptions.of(temporary.scratch().resolve(host))
                        .withMemoryLimit(ByteSize.parse("256MiB"))
                        .withWarmPool(new ByteSize(0));
        return Shelf.open(options, tier, new TierOptions(refresh));
    }

    /// Room for a few tables, of which eviction drops the others.
    static Shelf small(TemporaryShelf temporary, String host, String url) {
        ShelfOptions options =
                ShelfOptions.of(temporary.scratch().resolve(host))
                        .withMemoryLimit(ByteSize.parse("48MiB"))
                        .withWarmPool(new ByteSize(0))
                        .withCache(temporary.cache(EvictionMode.DROP));
        return Shelf.open(
                options,
                RedisTier.open(RedisOptions.of(url), "shelf"),
                new TierOptions(Duration.ofHours(1)));
    }
}
