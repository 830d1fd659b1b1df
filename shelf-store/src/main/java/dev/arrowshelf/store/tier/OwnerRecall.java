package dev.arrowshelf.store.tier;

import dev.arrowshelf.store.evict.Recaller;
import dev.arrowshelf.store.owner.ShelfOwner;
import dev.arrowshelf.store.table.TableSpace;
import dev.arrowshelf.store.tier.TierAnswer.Outcome;
import org.jspecify.annotations.Nullable;

/// Makes tables readable in the process that owns their shelf: spilled ones by the owner, those of
/// a tier by fetching them.
///
/// @param owner of the shelf
/// @param shared the tier's tables; null without a tier
public record OwnerRecall(ShelfOwner owner, @Nullable SharedTables shared)
        implements TableSpace.Recall {
    @Override
    public Recaller.Answer recall(byte[] key, long generation, int partition) {
        return owner.recall(key, generation, partition);
    }

    @Override
    public boolean fetch(byte[] key) {
        return shared != null && shared.readThrough(key).outcome() != Outcome.MISSING;
    }
}
