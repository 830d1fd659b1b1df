package dev.arrowshelf.store.publish;

import dev.arrowshelf.store.catalog.Descriptor;
import dev.arrowshelf.store.catalog.Descriptors;
import dev.arrowshelf.store.catalog.KeyLocks;
import dev.arrowshelf.store.catalog.SlabPlace;
import dev.arrowshelf.store.catalog.SlabRecord;
import dev.arrowshelf.store.catalog.Slabs;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.directory.DiskSync;
import dev.arrowshelf.store.directory.Pages;
import dev.arrowshelf.store.ipc.IpcSchema;
import dev.arrowshelf.store.ipc.SlabPayload;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableAttributes;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.space.DraftFile;
import dev.arrowshelf.store.space.Graveyard;
import dev.arrowshelf.store.space.MemoryLedger;
import dev.arrowshelf.store.spill.SpillStore;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Changes what keys name: shows finished tables, replaces and deletes them.
///
/// Thread-safe. Each change holds its key's lock from its first file operation to its last;
/// segments that nobody needs any more are buried after the lock is released.
public final class Publisher {
    /*
     * What others see when we die between two steps
     *
     * Put: segments renamed into segments/ (orphans, removed at start), descriptor written to tmp/ (swept), descriptor renamed (from here
     * on the table is put, though nobody was told), slot published, old descriptor removed (before that: both are found at start, the
     * higher generation wins). In a slab the record's state word stands in for the descriptor's rename.
     *
     * Delete: slot withdrawn, descriptor removed or record withdrawn (before that the table is back after a restart, and nobody was told
     * that it was deleted), segments renamed to tmp/ (before that: orphans).
     */
    private static final long HUGE_FROM_BYTES = 2L << 20;

    private final Surroundings here;
    private final DiskSync disk;
    private final Descriptors descriptors;
    private final Slabs slabs;
    private final Catalogue catalogue;
    private final MemoryLedger ledger;
    private final Graveyard graveyard;
    private final Consumer<Path> coldSegments;
    private final SpillStore spills;
    private final TableWatcher watcher;
    private final Removal removal;
    private final KeyLocks locks = new KeyLocks();
    private final SlabMovements slabMovements;

    /// @param coldSegments takes published segments whose pages are small
    /// @param watcher is told what comes and goes
    public Publisher(
            Surroundings here,
            Slabs slabs,
            Catalogue catalogue,
            MemoryLedger ledger,
            Graveyard graveyard,
            Consumer<Path> coldSegments,
            SpillStore spills,
            TableWatcher watcher) {
        this.here = here;
        this.disk = new DiskSync(!here.features().tmpfs());
        this.descriptors = new Descriptors(here.directory(), disk);
        this.slabs = slabs;
        this.catalogue = catalogue;
        this.ledger = ledger;
        this.graveyard = graveyard;
        this.coldSegments = coldSegments;
        this.spills = spills;
        this.watcher = watcher;
        this.removal = new Removal(here, descriptors, slabs, ledger, graveyard, spills);
        this.slabMovements = new SlabMovements(here, slabs, catalogue, spills, locks, watcher);
    }

    /// Returns what removes tables that nobody finds any more.
    public Removal removal() {
        return removal;
    }

    /// Returns what moves tables, under the same locks.
    public Movements movements() {
        return new Movements(
                here,
                descriptors,
                disk,
                slabs,
                catalogue,
                ledger,
                graveyard,
                spills,
                locks,
                watcher);
    }

    /// Returns what moves small tables, under the same locks.
    public SlabMovements slabMovements() {
        return slabMovements;
    }

    /// Returns the length of a table's first segment; 0 when it has none, or the key names nothing.
    public long firstSegmentBytes(TableKey key) {
        return catalogue.find(key) instanceof TableEntry.InSegments table
                ? table.segments().getFirst().bytes()
                : 0;
    }

    /// Fails early when a key is taken and must not be replaced; the put itself looks again.
    public void requireReplaceable(TableKey key, boolean replace) {
        if (!replace) {
            requireReplaceable(key, false, catalogue.find(key));
        }
    }

    private static void requireReplaceable(
            TableKey key, boolean replace, @Nullable TableEntry old) {
        if (old != null && !replace) {
            throw new ShelfException(
                    ErrorCode.ALREADY_EXISTS,
                    "table exists already: key=%s, generation=%016x"
                            .formatted(key, old.generation()));
        }
    }

    /// Shows a table of sealed segments. They belong to the shelf afterwards; after a failure they
    /// are given up.
    public TableInfo publish(
            TableKey key, PutOptions options, IpcSchema schema, List<Sealed> partitions)
            throws IOException {
        List<Descriptor.Partition> described = new ArrayList<>(partitions.size());
        for (Sealed partition : partitions) {
            described.add(
                    new Descriptor.Partition(
                            partition.rows(), partition.file().bytes(), partition.batches()));
        }
        byte[] schemaBytes = schema.metadata().toArray(ValueLayout.JAVA_BYTE);
        TableEntry.InSegments entry;
        TableEntry old;
        try (KeyLocks.Held _ = locks.lock(key)) {
            old = catalogue.find(key);
            long generation = here.generations().getAsLong();
            long now = here.clock().millis();
            Descriptor table =
                    new Descriptor(
                            key,
                            generation,
                            now,
                            schema.columns(),
                            schemaBytes,
                            described,
                            TableAttributes.of(options.retention(), now));
            entry = TableEntry.InSegments.of(table);
            try {
                requireReplaceable(key, options.replace(), old);
                moveIntoPlace(generation, partitions);
                here.reached(CrashPoint.Step.SEGMENTS_RENAMED);
                descriptors.draft(table);
                here.reached(CrashPoint.Step.DESCRIPTOR_WRITTEN);
                descriptors.publish(generation);
                here.reached(CrashPoint.Step.DESCRIPTOR_RENAMED);
                catalogue.publish(key, entry, old, now);
            } catch (IOException | RuntimeException failure) {
                takeBack(generation, partitions);
                throw failure;
            }
            settle(entry, partitions);
            here.reached(CrashPoint.Step.SLOT_PUBLISHED);
            removal.truth(old);
            here.reached(CrashPoint.Step.TRUTH_REMOVED);
            tell(key, entry, old, options.client());
        }
        removal.bury(old);
        return Catalogue.info(key.text(), entry);
    }

    private void tell(TableKey key, TableEntry entry, @Nullable TableEntry old, String client) {
        if (old != null) {
            watcher.gone(key, old);
        }
        watcher.shown(key, entry, client);
    }

    private void moveIntoPlace(long generation, List<Sealed> partitions) throws IOException {
        int number = 0;
        for (Sealed partition : partitions) {
            disk.sync(partition.file().path());
            Files.move(
                    partition.file().path(),
                    here.directory().segment(generation, number++),
                    StandardCopyOption.ATOMIC_MOVE);
        }
        disk.sync(here.directory().segments());
    }

    private void settle(TableEntry.InSegments entry, List<Sealed> partitions) {
        int number = 0;
        for (Sealed partition : partitions) {
            DraftFile file = partition.file();
            ledger.settle(file.chargedBytes(), Pages.of(file.bytes()));
            if (file.warmBytes() < file.bytes() && file.bytes() >= HUGE_FROM_BYTES) {
                coldSegments.accept(here.directory().segment(entry.generation(), number));
            }
            number++;
        }
        ledger.addResident(Pages.of(entry.descriptorBytes()));
    }

    /// Undoes what a put that failed did to the directory. The descriptor goes first: without it
    /// the segments are nothing.
    private void takeBack(long generation, List<Sealed> partitions) throws IOException {
        descriptors.discard(generation);
        descriptors.remove(generation);
        int number = 0;
        for (Sealed partition : partitions) {
            long bytes = partition.file().chargedBytes();
            ledger.abandon(bytes);
            Path sealed = here.directory().segment(generation, number);
            Path place = Files.exists(sealed) ? sealed : partition.file().path();
            graveyard.bury(place, here.directory().dead(generation, number), bytes);
            number++;
        }
    }

    /// Puts a small table into a slab.
    ///
    /// @throws ShelfException `OUT_OF_MEMORY` when a new slab is needed and cannot be had
    public TableInfo publish(TableKey key, PutOptions options, SlabPayload payload)
            throws IOException {
        TableEntry.InSlab entry;
        TableEntry old;
        slabs.makeRoom(key.length(), Math.toIntExact(payload.payloadBytes()), true);
        try (KeyLocks.Held _ = locks.lock(key)) {
            old = catalogue.find(key);
            requireReplaceable(key, options.replace(), old);
            long now = here.clock().millis();
            SlabRecord facts =
                    new SlabRecord(
                            SlabPlace.NONE,
                            here.generations().getAsLong(),
                            key,
                            payload.rows(),
                            payload.columns(),
                            now,
                            TableAttributes.of(options.retention(), now).expiresMillis());
            SlabRecord record =
                    slabs.append(facts, Math.toIntExact(payload.payloadBytes()), payload::writeTo);
            here.reached(CrashPoint.Step.RECORD_LIVE);
            entry = TableEntry.InSlab.of(record);
            try {
                catalogue.publish(key, entry, old, now);
            } catch (IOException | RuntimeException failure) {
                slabs.withdraw(record.place());
                throw failure;
            }
            here.reached(CrashPoint.Step.SLOT_PUBLISHED);
            removal.truth(old);
            here.reached(CrashPoint.Step.TRUTH_REMOVED);
            tell(key, entry, old, options.client());
        }
        removal.bury(old);
        return Catalogue.info(key.text(), entry);
    }

    /// Deletes a table; returns whether it was there.
    public boolean delete(TableKey key) {
        return delete(key, _ -> true);
    }

    /// Deletes a table if what the key names is still such a one; returns whether it was.
    public boolean delete(TableKey key, Predicate<TableEntry> which) {
        TableEntry old;
        try (KeyLocks.Held _ = locks.lock(key)) {
            TableEntry now = catalogue.find(key);
            if (now == null || !which.test(now)) {
                return false;
            }
            old = catalogue.withdraw(key);
            here.reached(CrashPoint.Step.SLOT_WITHDRAWN);
            if (old == null) {
                return false;
            }
            removal.truth(old);
            here.reached(CrashPoint.Step.TRUTH_REMOVED);
            watcher.gone(key, old);
        }
        removal.bury(old);
        return true;
    }

    /// Deletes all tables; returns how many there were. Renames and leases of their segments are
    /// left to the reaper.
    public int deleteAll() throws IOException {
        try (KeyLocks.Held _ = locks.all()) {
            Catalogue.Cleared cleared = catalogue.clear();
            here.reached(CrashPoint.Step.CATALOGUE_CLEARED);
            List<Graveyard.Withdrawn> segments = new ArrayList<>();
            for (TableEntry.InSegments table : cleared.inSegments()) {
                removal.truth(table);
                removal.removeSpilled(table);
                segments.addAll(removal.segmentsOf(table));
            }
            slabs.retireAll();
            here.reached(CrashPoint.Step.TRUTH_REMOVED);
            graveyard.buryLater(segments);
            watcher.allGone();
            return cleared.tables();
        }
    }

    /// Deletes all tables of a slab, so that its memory comes free; returns how many. None in the
    /// one that is being filled.
    ///
    /// @param before is told of each
    public int deleteSlab(long slab, Consumer<TableKey> before) {
        int deleted = 0;
        List<SlabRecord> records = slabs.isFilled(slab) ? List.of() : slabs.liveRecords(slab);
        for (SlabRecord record : records) {
            before.accept(record.key());
            boolean gone = delete(record.key(), now -> now.generation() == record.generation());
            deleted += gone ? 1 : 0;
        }
        return deleted;
    }

    /// A sealed segment, still in `tmp/`.
    ///
    /// @param file the file, its descriptor closed
    /// @param rows its rows
    /// @param batches its record batches
    public record Sealed(DraftFile file, long rows, int batches) {}
}
