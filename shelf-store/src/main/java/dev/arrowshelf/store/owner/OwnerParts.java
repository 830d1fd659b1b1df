package dev.arrowshelf.store.owner;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.memory.DirectoryFeatures;
import dev.arrowshelf.memory.DirectoryProbe;
import dev.arrowshelf.memory.control.ControlReader;
import dev.arrowshelf.memory.control.ControlSettings;
import dev.arrowshelf.memory.control.ShelfFeatures;
import dev.arrowshelf.memory.owner.OwnerLock;
import dev.arrowshelf.memory.pool.CollapseQueue;
import dev.arrowshelf.memory.pool.PoolSettings;
import dev.arrowshelf.memory.pool.WarmPool;
import dev.arrowshelf.memory.stamp.AccessStamps;
import dev.arrowshelf.store.catalog.Descriptor;
import dev.arrowshelf.store.catalog.Generations;
import dev.arrowshelf.store.catalog.RecoveredShelf;
import dev.arrowshelf.store.catalog.Recovery;
import dev.arrowshelf.store.catalog.SlabRecord;
import dev.arrowshelf.store.catalog.Slabs;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.directory.DiskSync;
import dev.arrowshelf.store.directory.ShelfDirectory;
import dev.arrowshelf.store.directory.ShelfFileName;
import dev.arrowshelf.store.evict.ShelfCache;
import dev.arrowshelf.store.model.KernelFeatures;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.SpillPlace;
import dev.arrowshelf.store.publish.Catalogue;
import dev.arrowshelf.store.publish.CrashPoint;
import dev.arrowshelf.store.publish.Publisher;
import dev.arrowshelf.store.publish.Surroundings;
import dev.arrowshelf.store.publish.TableEntry;
import dev.arrowshelf.store.space.Graveyard;
import dev.arrowshelf.store.space.MemoryLedger;
import dev.arrowshelf.store.space.MemoryLimit;
import dev.arrowshelf.store.space.SlabFiles;
import dev.arrowshelf.store.space.Space;
import dev.arrowshelf.store.spill.SpillStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// The parts of an open shelf, made in the order in which they need each other and ended in the
/// reverse one.
///
/// Made by the thread that opens the shelf; final afterwards. [#close] ends the parts and gives up
/// the lock; the tables stay.
final class OwnerParts implements AutoCloseable {
    private static final int POOL_SHARE = 4;

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private final ShelfDirectory directory;
    private final OwnerLock lock;
    private final Surroundings here;
    private final DirectoryFeatures probed;
    private final MemoryLedger ledger;
    private final WarmPool pool;
    private final ByteSize poolCap;
    private final Graveyard graveyard;
    private final Space space;
    private final Slabs slabs;
    private final Catalogue catalogue;
    private final Publisher publisher;
    private final SpillStore spills;
    private final ShelfCache cache;
    private final List<String> warnings = new ArrayList<>();
    private boolean removedAtClose;

    /// Takes the lock of the directory, recovers what is in it, and shows it in a new control
    /// block.
    ///
    /// @param wakeReaper called when files wait that are better ended in the background
    OwnerParts(ShelfOptions options, InstantSource clock, CrashPoint crash, Runnable wakeReaper)
            throws IOException {
        directory = ShelfDirectory.create(options.directory());
        try {
            lock = opening(OwnerLock.acquire(directory.root()));
            opened.push(this::removeIfWanted);
            probed = DirectoryProbe.probe(directory.tmp());
            here =
                    new Surroundings(
                            directory,
                            allowed(options.features()),
                            new Generations(clock),
                            clock,
                            crash);
            passOverEarlierGenerations();
            LongSupplier free = () -> freeBytes(directory.tmp());
            MemoryLimit limit = MemoryLimit.of(options.memoryLimit(), probed.capacityBytes());
            spills = new SpillStore(directory, lock.shelfId(), options.cache().spill());
            ledger = new MemoryLedger(limit, free, spills::bytes);
            poolCap = options.warmPool().orElse(new ByteSize(limit.bytes() / POOL_SHARE));
            directory.removePlantedBlanks();
            pool = opening(openPool(options.features().recycle()));
            graveyard =
                    new Graveyard(
                            ledger, pool, here.features().leases(), poolCap.bytes(), wakeReaper);
            opened.push(graveyard::unlinkAll);
            space = new Space(ledger, pool, graveyard, free, here.features().populate());
            slabs =
                    opening(
                            new Slabs(
                                    directory,
                                    new SlabFiles(
                                            directory,
                                            space,
                                            ledger,
                                            graveyard,
                                            spills::removeSlab),
                                    here.generations(),
                                    new DiskSync(!probed.tmpfs())));
            Map<Long, Long> lastUses = lastUses();
            RecoveredShelf found = new Recovery(directory, slabs, spills).run();
            here.generations().passOver(found.highestGeneration());
            here.reached(CrashPoint.Step.RECOVERY_DONE);
            int tables = found.tables().size() + found.records().size();
            catalogue =
                    opening(
                            new Catalogue(
                                    directory.root(),
                                    this::controlSettings,
                                    tables,
                                    ledger::control));
            cache =
                    opening(
                            new ShelfCache(
                                    options.cache(), clock, limit::bytes, catalogue::forEachUse));
            publisher =
                    new Publisher(
                            here,
                            slabs,
                            catalogue,
                            ledger,
                            graveyard,
                            collapser(),
                            spills,
                            cache.watcher());
            cache.begin(
                    directory,
                    here.features().leases(),
                    catalogue,
                    publisher,
                    slabs,
                    spills,
                    space,
                    ledger);
            show(found, lastUses);
        } catch (IOException | RuntimeException failure) {
            try {
                close();
            } catch (RuntimeException second) {
                failure.addSuppressed(second);
            }
            throw failure;
        }
    }

    private <T extends AutoCloseable> T opening(T part) {
        opened.push(part);
        return part;
    }

    /// Takes segments whose pages were made one by one.
    private Consumer<Path> collapser() {
        if (!here.features().collapse()) {
            return _ -> {};
        }
        return opening(CollapseQueue.open())::submit;
    }

    private static long freeBytes(Path place) {
        try {
            return DirectoryProbe.freeBytes(place);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private DirectoryFeatures allowed(KernelFeatures wanted) {
        return new DirectoryFeatures(
                probed.tmpfs(),
                probed.leases() && wanted.leases(),
                probed.collapse() && wanted.collapse(),
                probed.populate() && wanted.populate(),
                probed.capacityBytes());
    }

    /// The clock may have been set back since an earlier owner gave generations that no file
    /// carries any more, but readers remember.
    private void passOverEarlierGenerations() throws IOException {
        for (String name : ShelfDirectory.names(here.directory().pool())) { // blanks keep theirs
            ShelfFileName.parse(name)
                    .ifPresent(blank -> here.generations().passOver(blank.generation()));
        }
        passOverEarlierControl();
    }

    private void passOverEarlierControl() {
        try (ControlReader earlier = ControlReader.open(here.directory().root())) {
            here.generations().passOver(earlier.incarnation());
            long lastBeatMicros = Math.multiplyExact(earlier.header().heartbeatMillis(), 1_000L);
            here.generations().passOver(Math.addExact(lastBeatMicros, 2_000_000L));
        } catch (IOException
                | ArithmeticException _) { // none, or damaged: names and records decide alone
            return;
        }
    }

    private WarmPool openPool(boolean recycle) throws IOException {
        return WarmPool.open(
                new PoolSettings(
                        here.directory().root(),
                        poolCap,
                        recycle,
                        here.features(),
                        here.generations(),
                        ledger.poolAccount(),
                        here.clock()));
    }

    private ControlSettings controlSettings(int tables) {
        return new ControlSettings(
                tables,
                lock.owner(),
                lock.shelfId(),
                new ShelfFeatures(here.features().leases(), here.features().collapse()),
                here.generations(),
                here.clock());
    }

    /// Death before the new block is installed: nothing has changed. After it: what is left over is
    /// found again at the next start.
    private void show(RecoveredShelf found, Map<Long, Long> lastUses) throws IOException {
        Set<Path> onDisk = new HashSet<>(spills.slabs().values());
        for (Descriptor table : found.tables()) {
            show(table.key(), TableEntry.InSegments.of(table), lastUses);
            addSpilled(table, onDisk);
        }
        for (SlabRecord record : found.records()) {
            show(record.key(), TableEntry.InSlab.of(record), lastUses);
        }
        spills.sweep(onDisk);
        catalogue.install();
        here.reached(CrashPoint.Step.CONTROL_INSTALLED);
        ledger.addResident(
                found.residentBytes()
                        + found.quarantinedBytes()
                        + here.directory().lockFileBytes());
        publisher.removal().leftovers(found.leftovers());
        warnings.addAll(found.warnings());
    }

    private void show(TableKey key, TableEntry entry, Map<Long, Long> lastUses) throws IOException {
        long created = entry.figures().createdMillis();
        long lastUse = Math.max(created, lastUses.getOrDefault(entry.generation(), created));
        catalogue.publish(key, entry, null, lastUse);
        cache.watcher().shown(key, entry, "");
    }

    private void addSpilled(Descriptor table, Set<Path> files) {
        int number = 0;
        for (Descriptor.Partition partition : table.partitions()) {
            SpillPlace place = partition.spilled();
            if (place != null) {
                files.add(spills.file(table.generation(), number, place));
            }
            number++;
        }
    }

    /// When tables were used last, as readers stamped it before this owner came, by generation.
    private Map<Long, Long> lastUses() {
        Map<Long, Long> uses = new HashMap<>();
        try (ControlReader earlier = ControlReader.open(directory.root())) {
            AccessStamps stamps = earlier.stamps();
            if (stamps != null) {
                earlier.forEach(
                        (_, slot) -> uses.put(slot.generation(), stamps.lastUse(slot.index())));
            }
        } catch (IOException _) { // none, or damaged: tables count as used when they were put
            return uses;
        }
        return uses;
    }

    /// Has [#close] remove the directory with all tables.
    void removeAtClose() {
        removedAtClose = true;
    }

    private void removeIfWanted() throws IOException {
        if (removedAtClose) {
            spills.removeAll();
            directory.remove();
        }
    }

    Surroundings here() {
        return here;
    }

    OwnerLock lock() {
        return lock;
    }

    DirectoryFeatures probed() {
        return probed;
    }

    MemoryLedger ledger() {
        return ledger;
    }

    WarmPool pool() {
        return pool;
    }

    ByteSize poolCap() {
        return poolCap;
    }

    Graveyard graveyard() {
        return graveyard;
    }

    Space space() {
        return space;
    }

    Slabs slabs() {
        return slabs;
    }

    Catalogue catalogue() {
        return catalogue;
    }

    Publisher publisher() {
        return publisher;
    }

    SpillStore spills() {
        return spills;
    }

    ShelfCache cache() {
        return cache;
    }

    /// What recovery put aside, in plain words.
    List<String> warnings() {
        return List.copyOf(warnings);
    }

    @Override
    public void close() {
        RuntimeException first = null;
        for (AutoCloseable part = opened.poll(); part != null; part = opened.poll()) {
            try {
                part.close();
            } catch (Exception failure) {
                RuntimeException unchecked =
                        failure instanceof RuntimeException runtime
                                ? runtime
                                : new IllegalStateException(failure);
                if (first == null) {
                    first = unchecked;
                } else {
                    first.addSuppressed(unchecked);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
