package dev.arrowshelf.store.evict;

import dev.arrowshelf.memory.NoSpaceException;
import dev.arrowshelf.memory.pool.ColdPages;
import dev.arrowshelf.store.catalog.Descriptor;
import dev.arrowshelf.store.catalog.Slabs;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.directory.Pages;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.EvictionOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.SpillPlace;
import dev.arrowshelf.store.publish.Catalogue;
import dev.arrowshelf.store.publish.Movements;
import dev.arrowshelf.store.publish.Publisher;
import dev.arrowshelf.store.publish.SlabMovements;
import dev.arrowshelf.store.publish.TableEntry;
import dev.arrowshelf.store.space.DraftFile;
import dev.arrowshelf.store.space.MemoryLedger;
import dev.arrowshelf.store.space.Space;
import dev.arrowshelf.store.spill.RecalledFile;
import dev.arrowshelf.store.spill.SpillStore;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/// Makes a spilled table readable: brings its partitions back to memory, or checks them where they
/// lie, so that readers may map them there.
///
/// Thread-safe: one recall of a partition at a time, others wait for it and find it done. A
/// partition stays on disk when it is stored as it is, memory has no room without sending others
/// away, and it was not recalled lately; the second recall within a minute brings it back, unless
/// nobody gives way for it.
public final class Recaller {
    private static final int STRIPES = 64;
    private static final int SEALED_MODE = 0400;
    private static final long HOT_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long GIVE_WAY_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long CROWDED_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long FOR_EVER_NANOS = Long.MAX_VALUE;
    private static final int MOST_REMEMBERED = 1 << 16;

    private final EvictionOptions options;
    private final Catalogue catalogue;
    private final Movements movements;
    private final SlabMovements slabMovements;
    private final Space space;
    private final MemoryLedger ledger;
    private final SpillStore spills;
    private final ReentrantLock[] locks = new ReentrantLock[STRIPES];
    private final Map<Checked, Long> checked = new ConcurrentHashMap<>();
    private final LongAdder restored = new LongAdder();
    private volatile long crowdedUntil = System.nanoTime();

    private record Checked(long generation, int partition) {}

    /// What a recall made of a table.
    public enum Answer {
        /// The key names nothing.
        GONE(0),
        /// All its partitions are in memory.
        RESIDENT(1),
        /// Some were checked on disk, and may be mapped there.
        ON_DISK(2),
        /// There is no owner to ask; never on the wire.
        NOBODY(3);

        private final int code;

        Answer(int code) {
            this.code = code;
        }

        /// Returns the answer of a number on the wire; `NOBODY` for one that an owner never gives.
        public static Answer of(int code) {
            for (Answer answer : values()) {
                if (answer.code == code) {
                    return answer;
                }
            }
            return NOBODY;
        }

        /// Returns the number on the wire.
        public int code() {
            return code;
        }
    }

    Recaller(
            EvictionOptions options,
            Catalogue catalogue,
            Publisher publisher,
            Space space,
            MemoryLedger ledger,
            SpillStore spills) {
        this.options = options;
        this.catalogue = catalogue;
        this.movements = publisher.movements();
        this.slabMovements = publisher.slabMovements();
        this.space = space;
        this.ledger = ledger;
        this.spills = spills;
        for (int i = 0; i < STRIPES; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    /// Makes all partitions of a table readable.
    ///
    /// @throws ShelfException `CORRUPT` when its bytes on disk are not what was spilled,
    ///   `OUT_OF_MEMORY` when they have to come back and there is no room
    Answer recall(TableKey key) throws IOException {
        while (true) {
            TableEntry entry = catalogue.find(key);
            switch (entry) {
                case null -> {
                    return Answer.GONE;
                }
                case TableEntry.InSlab small -> {
                    return recallSmall(key, small);
                }
                case TableEntry.InSegments segments -> {
                    Answer answer = recallAll(key, segments);
                    if (answer != Answer.GONE) {
                        return answer;
                    }
                }
            }
        }
    }

    private Answer recallAll(TableKey key, TableEntry.InSegments table) throws IOException {
        boolean onDisk = false;
        for (int number = 0; number < table.partitions(); number++) {
            if (table.segments().get(number).spilled() == null) {
                continue;
            }
            Answer answer = recall(key, table.generation(), number);
            if (answer == Answer.GONE) {
                return answer;
            }
            onDisk |= answer == Answer.ON_DISK;
        }
        return onDisk ? Answer.ON_DISK : Answer.RESIDENT;
    }

    /// Makes one partition readable, if the key still names this generation.
    ///
    /// @throws ShelfException as for the whole table
    Answer recall(TableKey key, long generation, int partition) throws IOException {
        ReentrantLock lock = locks[Math.floorMod(Objects.hash(generation, partition), STRIPES)];
        lock.lock();
        try {
            while (true) {
                TableEntry entry = catalogue.find(key);
                if (entry instanceof TableEntry.InSlab small && small.generation() == generation) {
                    return recallSmall(key, small);
                }
                if (!(entry instanceof TableEntry.InSegments table)
                        || table.generation() != generation
                        || partition < 0
                        || partition >= table.partitions()) {
                    return Answer.GONE;
                }
                Descriptor.Partition described = table.segments().get(partition);
                SpillPlace place = described.spilled();
                if (place == null) {
                    return Answer.RESIDENT;
                }
                try {
                    boolean back = recall(key, generation, partition, described.bytes(), place);
                    return back ? Answer.RESIDENT : Answer.ON_DISK;
                } catch (NoSuchFileException gone) {
                    requireMoved(key, table, gone);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /// A small table comes back by itself when there is room, or when it was asked for lately and
    /// fits into the slab that is being filled; otherwise its reader checks it on disk.
    private Answer recallSmall(TableKey key, TableEntry.InSlab small) throws IOException {
        if (!small.place().spilled()) {
            return Answer.RESIDENT;
        }
        if (!isHot(new Checked(small.generation(), 0)) && !hasRoom(Slabs.FILE_BYTES)) {
            return Answer.ON_DISK;
        }
        try {
            if (System.nanoTime() - crowdedUntil >= 0
                    && slabMovements.recall(key, small.generation())) {
                restored.add(small.place().recordBytes());
            }
        } catch (ShelfException failure) {
            if (failure.code() != ErrorCode.OUT_OF_MEMORY) {
                throw failure;
            }
            crowdedUntil = System.nanoTime() + CROWDED_NANOS;
        }
        return catalogue.find(key) instanceof TableEntry.InSlab now && now.place().spilled()
                ? Answer.ON_DISK
                : Answer.RESIDENT;
    }

    /// Returns whether it was asked for lately, and remembers that it was now.
    private boolean isHot(Checked name) {
        if (checked.size() > MOST_REMEMBERED) {
            checked.clear();
        }
        long now = System.nanoTime();
        Long before = checked.put(name, now);
        return before != null && now - before < HOT_NANOS;
    }

    /// A file may go while its table is replaced or deleted; otherwise somebody took it.
    private void requireMoved(
            TableKey key, TableEntry.InSegments before, NoSuchFileException missing) {
        if (before.equals(catalogue.find(key))) {
            throw new ShelfException(
                    ErrorCode.CORRUPT,
                    "file of a spilled partition is missing: key=%s, file=%s"
                            .formatted(key, missing.getFile()),
                    missing);
        }
    }

    /// Returns whether the partition is back in memory; otherwise it was checked on disk.
    private boolean recall(
            TableKey key, long generation, int partition, long bytes, SpillPlace place)
            throws IOException {
        Checked name = new Checked(generation, partition);
        if (place.codec() == SpillCodec.NONE) {
            long now = System.nanoTime();
            Long before = checked.put(name, now);
            boolean hot = before != null && now - before < HOT_NANOS;
            if (!hasRoom(bytes)) {
                if (before == null) {
                    check(generation, partition, bytes, place);
                }
                return hot && restoreHot(key, generation, partition, bytes, place);
            }
        }
        restore(key, generation, partition, bytes, place, FOR_EVER_NANOS);
        checked.remove(name);
        return true;
    }

    /// Brings a partition back that others have to give way for; where nobody does in a moment, it
    /// is read from disk, and for a while none is tried again.
    private boolean restoreHot(
            TableKey key, long generation, int partition, long bytes, SpillPlace place)
            throws IOException {
        if (System.nanoTime() - crowdedUntil < 0) {
            return false;
        }
        try {
            restore(key, generation, partition, bytes, place, GIVE_WAY_NANOS);
            checked.remove(new Checked(generation, partition));
            return true;
        } catch (ShelfException failure) {
            if (failure.code() != ErrorCode.OUT_OF_MEMORY) {
                throw failure;
            }
            crowdedUntil = System.nanoTime() + CROWDED_NANOS;
            return false;
        }
    }

    private boolean hasRoom(long bytes) {
        long allowed = (long) (ledger.grantable() * options.lowWater());
        return ledger.charged() + Pages.of(bytes) <= allowed;
    }

    private void check(long generation, int partition, long bytes, SpillPlace place)
            throws IOException {
        if (checked.size() > MOST_REMEMBERED) {
            checked.clear();
        }
        try {
            spills.read(generation, partition, place, bytes, (_, _) -> {});
        } catch (IOException | RuntimeException failure) {
            checked.remove(new Checked(generation, partition));
            throw failure;
        }
    }

    private void restore(
            TableKey key,
            long generation,
            int partition,
            long bytes,
            SpillPlace place,
            long patienceNanos)
            throws IOException {
        DraftFile file = space.takePatiently(bytes, ColdPages.LEFT_TO_TAKER, patienceNanos);
        boolean done = false;
        try {
            space.cut(file, bytes);
            try (RecalledFile target = new RecalledFile(file)) {
                spills.read(generation, partition, place, bytes, target);
            } catch (NoSpaceException full) {
                throw space.full(full, bytes);
            }
            file.handle().chmod(SEALED_MODE);
            file.closeHandle();
            done = movements.restored(key, generation, partition, file);
            restored.add(done ? bytes : 0);
        } finally {
            if (!done) {
                space.giveBack(file);
            }
        }
    }

    /// Returns how many bytes ever came back.
    long restoredBytes() {
        return restored.sum();
    }
}
