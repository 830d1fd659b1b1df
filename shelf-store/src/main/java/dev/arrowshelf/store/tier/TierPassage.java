package dev.arrowshelf.store.tier;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.persist.ColdTier;
import dev.arrowshelf.store.persist.OutgoingTable;
import dev.arrowshelf.store.persist.SharedTable;
import dev.arrowshelf.store.persist.SharedTier;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One table's way to the tier or from it: remembers the generations, and lets nothing in that is
/// older than what this host knows of. For one thread; the tier is the caller's.
final class TierPassage implements ColdTier {
    private final SharedTier tier;
    private final long least;
    private long local;
    private long published;

    TierPassage(SharedTier tier, long least) {
        this.tier = tier;
        this.least = least;
    }

    /// The shelf's generation of the table that was stored.
    long local() {
        return local;
    }

    /// The tier's generation; 0 when nothing passed.
    long published() {
        return published;
    }

    @Override
    public void store(OutgoingTable table) throws IOException {
        local = table.generation();
        published = tier.publish(table);
    }

    @Override
    public boolean checksBytes() {
        return tier.checksBytes();
    }

    @Override
    public @Nullable SharedTable fetch(String name) throws IOException {
        SharedTable table = tier.fetch(name);
        if (table == null) {
            return null;
        }
        if (table.published() < least) {
            try (table) {
                throw new ShelfException(
                        ErrorCode.UNAVAILABLE,
                        "tier has an older generation than this shelf was told of: name=%s, generation=%016x, told=%016x"
                                .formatted(name, table.published(), least));
            }
        }
        published = table.published();
        return table;
    }

    @Override
    public boolean remove(String name) throws IOException {
        return tier.remove(name);
    }

    @Override
    public List<String> names() throws IOException {
        return tier.names();
    }

    @Override
    public void close() {
        // the tier stays
    }
}
