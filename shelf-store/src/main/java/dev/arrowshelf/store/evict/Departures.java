package dev.arrowshelf.store.evict;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.LeaseAnswer;
import dev.arrowshelf.memory.LeasedFileException;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.store.catalog.Descriptor;
import dev.arrowshelf.store.catalog.Slabs;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.directory.Pages;
import dev.arrowshelf.store.directory.ShelfDirectory;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.model.SpillPlace;
import dev.arrowshelf.store.publish.Catalogue;
import dev.arrowshelf.store.publish.Movements;
import dev.arrowshelf.store.publish.Publisher;
import dev.arrowshelf.store.publish.SlabMovements;
import dev.arrowshelf.store.publish.TableEntry;
import dev.arrowshelf.store.spill.SpillStore;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Sends tables out of memory: to disk, partition by partition, or away.
///
/// Thread-safe; no locks of its own. A partition that somebody has mapped is not touched: the table
/// is shaken, so that readers which only keep it let go, and it is looked at again later.
public final class Departures {
    private static final Logger LOG = System.getLogger(Departures.class.getName());
    private static final long SHAKE_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long LETS_GO_NANOS = TimeUnit.MILLISECONDS.toNanos(600);
    private static final long SPARED_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final long AFTER_FAILURE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final EvictionMode mode;
    private final ShelfDirectory directory;
    private final boolean leases;
    private final Catalogue catalogue;
    private final Movements movements;
    private final SlabMovements slabMovements;
    private final Publisher publisher;
    private final Slabs slabs;
    private final SpillStore spills;
    private final Leaving leaving = new Leaving();
    private final Map<Long, Long> shaken = new ConcurrentHashMap<>();
    private final Map<Long, Long> spared = new ConcurrentHashMap<>();
    private final LongAdder evicted = new LongAdder();
    private volatile Consumer<TableKey> beforeDrop = _ -> {};
    private volatile long brokenUntil;
    private volatile @Nullable String problem;

    Departures(
            EvictionMode mode,
            ShelfDirectory directory,
            boolean leases,
            Catalogue catalogue,
            Publisher publisher,
            Slabs slabs,
            SpillStore spills) {
        this.mode = mode;
        this.directory = directory;
        this.leases = leases;
        this.catalogue = catalogue;
        this.movements = publisher.movements();
        this.slabMovements = publisher.slabMovements();
        this.slabs = slabs;
        this.publisher = publisher;
        this.spills = spills;
    }

    /// What came of it.
    ///
    /// @param freedBytes pages that are free, or will be as soon as the last reader has gone
    /// @param pinnedBytes pages that may be free in a moment: their readers were asked
    record Outcome(long freedBytes, long pinnedBytes) {}

    private static final Outcome NOTHING = new Outcome(0, 0);

    /// Names somebody who may keep a table elsewhere before it is dropped.
    void beforeDrop(Consumer<TableKey> keeper) {
        beforeDrop = keeper;
    }

    /// Sends a table away, or as many of its partitions as free that many bytes.
    Outcome send(TableTracker.Tracked table, long bytes) {
        if (isSpared(table.generation())) {
            return NOTHING;
        }
        try {
            return switch (mode) {
                case OFF -> NOTHING;
                case DROP -> drop(table);
                case SPILL ->
                        table.slab() == 0
                                ? spill(table.key(), table.generation(), bytes)
                                : spillSlab(table.slab());
            };
        } catch (IOException failure) {
            LOG.log(Level.WARNING, "table cannot leave memory: key=" + table.key(), failure);
            return NOTHING;
        }
    }

    /// Keeps a table that was asked for, or its partitions would leave as fast as they come back.
    void spare(long generation) {
        long now = System.nanoTime();
        spared.values().removeIf(since -> now - since > SPARED_NANOS);
        spared.put(generation, now);
    }

    private boolean isSpared(long generation) {
        Long since = spared.get(generation);
        return since != null && System.nanoTime() - since <= SPARED_NANOS;
    }

    private Outcome drop(TableTracker.Tracked table) throws IOException {
        TableEntry entry = catalogue.find(table.key());
        if (entry == null || entry.generation() != table.generation()) {
            return NOTHING;
        }
        if (entry instanceof TableEntry.InSlab slab) {
            return dropSlab(slab.place().slab());
        }
        long bytes = table.residentBytes();
        for (int number = 0; number < entry.partitions(); number++) {
            if (!isFree(directory.segment(entry.generation(), number))) {
                bytes = -table.residentBytes();
            }
        }
        if (bytes < 0) {
            shake(table.key(), table.generation());
            return new Outcome(0, -bytes);
        }
        beforeDrop.accept(table.key());
        boolean gone = publisher.delete(table.key(), now -> now.generation() == table.generation());
        evicted.add(gone ? 1 : 0);
        return new Outcome(gone ? bytes : 0, 0);
    }

    /// Small tables leave by the slab: one alone frees nothing.
    private Outcome dropSlab(long slab) {
        int gone = publisher.deleteSlab(slab, beforeDrop);
        evicted.add(gone);
        return gone == 0 ? NOTHING : new Outcome(Slabs.FILE_BYTES, 0);
    }

    /// Small tables go to disk by the slab, whether or not somebody reads one of them: who does
    /// keeps it, and the slab's pages until then.
    private Outcome spillSlab(long slab) {
        return slabs.isFilled(slab)
                ? NOTHING
                : spillSlab("slab=%016x".formatted(slab), () -> slabMovements.spill(List.of(slab)));
    }

    /// Sends a small table to disk with its slab, the one that is being filled too.
    Outcome spillWithSlab(TableKey key) {
        return spillSlab("key=" + key, () -> slabMovements.spill(key));
    }

    private Outcome spillSlab(String which, Movement movement) {
        if (System.nanoTime() - brokenUntil < 0) {
            return NOTHING;
        }
        try {
            int moved = movement.run();
            evicted.add(moved);
            problem = null;
            if (moved == 0) {
                return NOTHING;
            }
        } catch (IOException failure) {
            broken("slab cannot be spilled: " + which, failure);
            return NOTHING;
        }
        leaving.add(Slabs.FILE_BYTES);
        return new Outcome(Slabs.FILE_BYTES, 0);
    }

    /// Returns how many tables moved.
    @FunctionalInterface
    private interface Movement {
        int run() throws IOException;
    }

    private void broken(String what, IOException failure) {
        brokenUntil = System.nanoTime() + AFTER_FAILURE_NANOS;
        problem = "tables cannot be spilled: " + failure;
        LOG.log(Level.WARNING, what, failure);
    }

    /// Returns the bytes of slabs that left lately and that readers may let go of any moment.
    long leavingBytes() {
        return leaving.bytes();
    }

    /// Spills partitions of a table, the last ones first.
    Outcome spill(TableKey key, long generation, long wantedBytes) throws IOException {
        if (System.nanoTime() - brokenUntil < 0
                || !(catalogue.find(key) instanceof TableEntry.InSegments entry)
                || entry.generation() != generation) {
            return NOTHING;
        }
        long freed = 0;
        long pinned = 0;
        List<Descriptor.Partition> partitions = entry.segments();
        for (int number = partitions.size() - 1; number >= 0 && freed < wantedBytes; number--) {
            if (partitions.get(number).spilled() != null) {
                continue;
            }
            long bytes = Pages.of(partitions.get(number).bytes());
            if (spillPartition(key, generation, number)) {
                freed += bytes;
            } else {
                pinned += bytes;
            }
        }
        if (pinned > 0 && !shake(key, generation)) {
            pinned = 0; // asked before, and still in use
        }
        return new Outcome(freed, pinned);
    }

    /// Spills one partition; false when somebody has it mapped, or it is gone.
    private boolean spillPartition(TableKey key, long generation, int partition)
            throws IOException {
        Path segment = directory.segment(generation, partition);
        if (!isFree(segment)) {
            return false;
        }
        SpillPlace place;
        try (FileHandle file = FileHandle.openReadOnly(segment);
                Region region = Region.mapReadOnly(file, file.size())) {
            place = spills.write(generation, partition, region.segment());
            problem = null;
        } catch (NoSuchFileException | LeasedFileException _) { // deleted meanwhile
            return false;
        } catch (IOException failure) {
            broken("partition cannot be spilled: path=" + segment, failure);
            return false;
        }
        boolean moved = false;
        try {
            moved = movements.spilled(key, generation, partition, place);
        } finally {
            if (!moved) {
                spills.remove(generation, partition, place);
            }
        }
        evicted.increment();
        return moved;
    }

    private boolean isFree(Path segment) throws IOException {
        if (!leases) {
            return true; // nobody can tell; the pages go when the last reader has gone
        }
        try (FileHandle file = FileHandle.openReadOnly(segment)) {
            return file.tryWriteLease() == LeaseAnswer.GRANTED;
        } catch (NoSuchFileException | LeasedFileException _) { // deleted, or spilled, meanwhile
            return false;
        }
    }

    /// Asks readers to let go; false when they were asked before, had their time, and did not.
    private boolean shake(TableKey key, long generation) {
        long now = System.nanoTime();
        Long before = shaken.get(generation);
        if (before != null && now - before < SHAKE_AGAIN_NANOS) {
            return now - before < LETS_GO_NANOS;
        }
        shaken.values().removeIf(time -> now - time > SHAKE_AGAIN_NANOS);
        shaken.put(generation, now);
        return movements.shake(key, generation);
    }

    /// Returns how many partitions or tables ever left.
    long evicted() {
        return evicted.sum();
    }

    /// Returns why nothing can be spilled now, or null.
    @Nullable String problem() {
        return problem;
    }
}
