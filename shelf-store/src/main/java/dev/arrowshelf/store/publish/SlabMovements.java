package dev.arrowshelf.store.publish;

import dev.arrowshelf.store.catalog.KeyLocks;
import dev.arrowshelf.store.catalog.SlabImage;
import dev.arrowshelf.store.catalog.SlabRecord;
import dev.arrowshelf.store.catalog.Slabs;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.spill.SpillStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Moves small tables between slabs, in memory and to disk and back; content and generation stay.
///
/// Thread-safe. Each table moves under the lock of its key, and one slab at a time is emptied: what
/// one movement took out of a slab another would not find.
public final class SlabMovements {
    /*
     * What others see when we die between two steps
     *
     * To another slab in memory (compaction, recall): two live records of one generation, recovery keeps either. The same after the slot
     * was rewritten.
     *
     * To disk: the slab on disk is complete under its name, with records that nobody published (removed at start, since nothing in it is
     * live). Then, table by table: its record on disk is live, its slot names it, its record in memory is withdrawn. In between there
     * are two of one generation. A table that was deleted or replaced since the copy stays unpublished on disk.
     */
    private final Surroundings here;
    private final Slabs slabs;
    private final Catalogue catalogue;
    private final SpillStore spills;
    private final KeyLocks locks;
    private final TableWatcher watcher;
    private final ReentrantLock emptying = new ReentrantLock();

    SlabMovements(
            Surroundings here,
            Slabs slabs,
            Catalogue catalogue,
            SpillStore spills,
            KeyLocks locks,
            TableWatcher watcher) {
        this.here = here;
        this.slabs = slabs;
        this.catalogue = catalogue;
        this.spills = spills;
        this.locks = locks;
        this.watcher = watcher;
    }

    /// Moves what is live in a sparse slab to the slab that is being filled; the emptied one is
    /// retired. While slabs go to disk nothing happens.
    public void compact(long slab) throws IOException {
        if (!emptying.tryLock()) {
            return;
        }
        try {
            emptyIntoMemory(slab);
        } finally {
            emptying.unlock();
        }
    }

    private void emptyIntoMemory(long slab) throws IOException {
        for (SlabRecord record : slabs.liveRecords(slab)) {
            try (KeyLocks.Held _ = locks.lock(record.key())) {
                if (isAt(record)) {
                    moveToMemory(record);
                } else {
                    slabs.withdraw(record.place());
                }
            }
        }
        slabs.retireIfEmpty(slab);
    }

    private boolean isAt(SlabRecord record) {
        return catalogue.find(record.key()) instanceof TableEntry.InSlab entry
                && entry.generation() == record.generation()
                && entry.place().equals(record.place());
    }

    private void moveToMemory(SlabRecord record) throws IOException {
        SlabRecord moved = slabs.move(record);
        here.reached(CrashPoint.Step.RECORD_MOVED);
        show(moved);
        here.reached(CrashPoint.Step.SLOT_MOVED);
        slabs.withdraw(record.place());
    }

    private void show(SlabRecord record) {
        TableEntry.InSlab entry = TableEntry.InSlab.of(record);
        catalogue.relocate(record.key(), entry);
        watcher.moved(record.key(), entry);
    }

    /// Writes what is live in some slabs into one slab on disk, and retires them; returns how many
    /// tables moved.
    ///
    /// @throws IOException when no spill directory takes it; nothing has changed then
    public int spill(List<Long> sources) throws IOException {
        emptying.lock();
        try {
            return emptyOntoDisk(sources);
        } finally {
            emptying.unlock();
        }
    }

    /// Moves a small table to disk with all others of its slab, also with the slab that is being
    /// filled; returns how many moved.
    ///
    /// @throws IOException as [#spill(List)]
    public int spill(TableKey key) throws IOException {
        emptying.lock();
        try {
            if (!(catalogue.find(key) instanceof TableEntry.InSlab entry)
                    || entry.place().spilled()) {
                return 0;
            }
            long slab = entry.place().slab();
            slabs.endFilling(slab);
            return emptyOntoDisk(List.of(slab));
        } finally {
            emptying.unlock();
        }
    }

    private int emptyOntoDisk(List<Long> sources) throws IOException {
        try (SlabImage image = slabs.image(sources)) {
            if (image == null) {
                sources.forEach(slabs::retireIfEmpty);
                return 0;
            }
            Path file = spills.writeSlab(image.generation(), image.content());
            slabs.addStored(file, image.generation());
            here.reached(CrashPoint.Step.SLAB_STORED);
            int moved = 0;
            try {
                for (SlabImage.Move move : image.moves()) {
                    moved += spilled(move) ? 1 : 0;
                }
            } finally {
                slabs.retireIfEmpty(image.generation());
            }
            sources.forEach(slabs::retireIfEmpty);
            return moved;
        }
    }

    private boolean spilled(SlabImage.Move move) throws IOException {
        SlabRecord from = move.from();
        try (KeyLocks.Held _ = locks.lock(from.key())) {
            if (!isAt(from)) {
                slabs.withdraw(from.place());
                return false;
            }
            long expires = slabs.expires(from.place());
            if (expires != move.to().expiresMillis()) {
                slabs.setExpires(move.to().place(), expires);
            }
            slabs.show(move.to().place());
            here.reached(CrashPoint.Step.RECORD_STORED);
            show(move.to());
            here.reached(CrashPoint.Step.SLOT_STORED);
            slabs.withdraw(from.place());
            return true;
        }
    }

    /// Brings a table back from a slab on disk; false when it is not there any more.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT`, `OUT_OF_MEMORY`
    public boolean recall(TableKey key, long generation) throws IOException {
        try (KeyLocks.Held _ = locks.lock(key)) {
            TableEntry.InSlab entry = onDisk(key, generation);
            if (entry == null) {
                return false;
            }
            moveToMemory(
                    new SlabRecord(
                            entry.place(),
                            generation,
                            key,
                            entry.figures().rows(),
                            entry.figures().columns(),
                            entry.figures().createdMillis(),
                            slabs.expires(entry.place())));
            return true;
        }
    }

    private TableEntry.@Nullable InSlab onDisk(TableKey key, long generation) {
        return catalogue.find(key) instanceof TableEntry.InSlab entry
                        && entry.generation() == generation
                        && entry.place().spilled()
                ? entry
                : null;
    }
}
