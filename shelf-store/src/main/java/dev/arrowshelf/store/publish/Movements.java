package dev.arrowshelf.store.publish;

import dev.arrowshelf.store.catalog.Descriptor;
import dev.arrowshelf.store.catalog.Descriptors;
import dev.arrowshelf.store.catalog.KeyLocks;
import dev.arrowshelf.store.catalog.Slabs;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.directory.DiskSync;
import dev.arrowshelf.store.directory.Pages;
import dev.arrowshelf.store.model.SpillPlace;
import dev.arrowshelf.store.model.TableAttributes;
import dev.arrowshelf.store.space.DraftFile;
import dev.arrowshelf.store.space.Graveyard;
import dev.arrowshelf.store.space.MemoryLedger;
import dev.arrowshelf.store.spill.SpillStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Changes where a table's partitions lie and how long it lives; its content and generation stay.
///
/// Thread-safe. Each change holds its key's lock; reading, copying and checking were done before.
public final class Movements {
    /*
     * What others see when we die between two steps
     *
     * Spill: the file is complete on disk under its name (a leftover, swept at start: the descriptor still names the segment);
     * descriptor replaced (the segment is an orphan, removed at start); slot shown; segment buried.
     *
     * Restore: the segment is sealed in tmp/ (swept); renamed into segments/ (an orphan: the descriptor still names the disk);
     * descriptor replaced (the file on disk is a leftover, swept at start); slot shown; the file on disk removed.
     */
    private final Surroundings here;
    private final Descriptors descriptors;
    private final DiskSync disk;
    private final Slabs slabs;
    private final Catalogue catalogue;
    private final MemoryLedger ledger;
    private final Graveyard graveyard;
    private final SpillStore spills;
    private final KeyLocks locks;
    private final TableWatcher watcher;

    Movements(
            Surroundings here,
            Descriptors descriptors,
            DiskSync disk,
            Slabs slabs,
            Catalogue catalogue,
            MemoryLedger ledger,
            Graveyard graveyard,
            SpillStore spills,
            KeyLocks locks,
            TableWatcher watcher) {
        this.here = here;
        this.descriptors = descriptors;
        this.disk = disk;
        this.slabs = slabs;
        this.catalogue = catalogue;
        this.ledger = ledger;
        this.graveyard = graveyard;
        this.spills = spills;
        this.locks = locks;
        this.watcher = watcher;
    }

    /// Asks readers to let go of a table that they do not use; false when it is gone.
    public boolean shake(TableKey key, long generation) {
        try (KeyLocks.Held _ = locks.lock(key)) {
            TableEntry.InSegments entry = entry(key, generation);
            return entry != null && catalogue.relocate(key, entry.shaken());
        }
    }

    /// Shows that a partition lies on disk, whole, and buries its segment; false when the table is
    /// gone or the partition was spilled by somebody else, and the file is left to the caller.
    public boolean spilled(TableKey key, long generation, int partition, SpillPlace place)
            throws IOException {
        long bytes;
        try (KeyLocks.Held _ = locks.lock(key)) {
            TableEntry.InSegments entry = entry(key, generation);
            if (entry == null || entry.segments().get(partition).spilled() != null) {
                return false;
            }
            here.reached(CrashPoint.Step.SPILL_WRITTEN);
            rewrite(entry, table -> table.with(partition, place), key);
            here.reached(CrashPoint.Step.SPILL_SHOWN);
            bytes = Pages.of(entry.segments().get(partition).bytes());
            ledger.withdraw(bytes);
        }
        graveyard.bury(
                here.directory().segment(generation, partition),
                here.directory().dead(generation, partition),
                bytes);
        return true;
    }

    /// Shows that a partition is back in memory, and removes its file on disk; false when the table
    /// is gone or the partition was restored by somebody else, and the file is the caller's still.
    public boolean restored(TableKey key, long generation, int partition, DraftFile segment)
            throws IOException {
        @Nullable SpillPlace before;
        try (KeyLocks.Held _ = locks.lock(key)) {
            TableEntry.InSegments entry = entry(key, generation);
            before = entry == null ? null : entry.segments().get(partition).spilled();
            if (entry == null || before == null) {
                return false;
            }
            here.reached(CrashPoint.Step.RESTORE_SEALED);
            disk.sync(segment.path());
            Path place = here.directory().segment(generation, partition);
            Files.move(segment.path(), place, StandardCopyOption.ATOMIC_MOVE);
            here.reached(CrashPoint.Step.RESTORE_RENAMED);
            try {
                rewrite(entry, table -> table.with(partition, null), key);
            } catch (IOException | RuntimeException failure) {
                Files.move(place, segment.path(), StandardCopyOption.ATOMIC_MOVE);
                throw failure;
            }
            ledger.settle(segment.chargedBytes(), Pages.of(segment.bytes()));
            here.reached(CrashPoint.Step.RESTORE_SHOWN);
        }
        spills.remove(generation, partition, before);
        return true;
    }

    /// Changes how long a table lives, also over a restart; null when the key names nothing.
    ///
    /// In a slab there is no room for a greatest idle time: there it holds until the next restart.
    public @Nullable TableAttributes amend(TableKey key, UnaryOperator<TableAttributes> change)
            throws IOException {
        try (KeyLocks.Held _ = locks.lock(key)) {
            TableEntry entry = catalogue.find(key);
            Catalogue.Use use = catalogue.use(key);
            if (entry == null || use == null) {
                return null;
            }
            TableAttributes before =
                    new TableAttributes(
                            use.lifetime().expiresMillis(),
                            use.lifetime().mostIdleMillis(),
                            entry.attributes().metadata());
            TableAttributes after = change.apply(before);
            if (after.equals(before)) {
                return after;
            }
            // before the slot: who sees its new sequence looks whether the table is limited now
            catalogue.setLifetime(key, after);
            switch (entry) {
                case TableEntry.InSlab inSlab -> {
                    slabs.setExpires(inSlab.place(), after.expiresMillis());
                    catalogue.relocate(key, inSlab);
                }
                case TableEntry.InSegments inSegments ->
                        rewrite(inSegments, table -> table.with(after), key);
            }
            return after;
        }
    }

    /// Replaces the descriptor, then the slot.
    private void rewrite(
            TableEntry.InSegments entry, UnaryOperator<Descriptor> change, TableKey key)
            throws IOException {
        Descriptor after = change.apply(descriptors.read(entry.generation()));
        descriptors.draft(after);
        descriptors.publish(entry.generation());
        here.reached(CrashPoint.Step.SPILL_NAMED);
        ledger.addResident(Pages.of(after.fileBytes()) - Pages.of(entry.descriptorBytes()));
        TableEntry.InSegments moved = TableEntry.InSegments.of(after, entry.layout() + 1);
        catalogue.relocate(key, moved);
        watcher.moved(key, moved);
    }

    private TableEntry.@Nullable InSegments entry(TableKey key, long generation) {
        return catalogue.find(key) instanceof TableEntry.InSegments entry
                        && entry.generation() == generation
                ? entry
                : null;
    }
}
