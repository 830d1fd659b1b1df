package dev.arrowshelf.store.catalog;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.store.directory.DiskSync;
import dev.arrowshelf.store.directory.ShelfDirectory;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// All slabs of a shelf, in memory and on disk, as their one writer sees them.
///
/// Thread-safe: its monitor guards the used parts and the counts; a record is filled under it,
/// which takes microseconds, and words of slabs on disk are written. The next slab is made outside
/// of it. The caller sees to it that nobody withdraws a record while it is being moved. Owns the
/// mappings of the slabs; [#close] lets go of them and leaves the files.
public final class Slabs implements AutoCloseable {
    /// Length of a slab's file in memory.
    public static final long FILE_BYTES = SlabLayout.FILE_BYTES;

    private static final Logger LOG = System.getLogger(Slabs.class.getName());
    private static final int SPARSE_PART = 4;

    private final ShelfDirectory directory;
    private final SlabSupply supply;
    private final LongSupplier generations;
    private final DiskSync disk;
    private final NewSlabs files;
    private final ReentrantLock making = new ReentrantLock();

    @GuardedBy("this")
    private final Map<Long, Slab> slabs = new HashMap<>();

    @GuardedBy("this")
    private @Nullable Slab current;

    /// Begins without slabs; [#adopt] brings those that an earlier owner left.
    public Slabs(
            ShelfDirectory directory, SlabSupply supply, LongSupplier generations, DiskSync disk) {
        this.directory = directory;
        this.supply = supply;
        this.generations = generations;
        this.disk = disk;
        this.files = new NewSlabs(directory, supply, generations, disk);
    }

    /// What a slab that was adopted held.
    ///
    /// @param residentBytes length of the slab file in memory; 0 of one on disk
    /// @param records its live records
    /// @param damage what does not fit, if anything
    record Adopted(long residentBytes, List<SlabRecord> records, Optional<String> damage) {}

    /// Opens and scans one slab file, at start. Several threads may adopt different slabs.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT` when the file is no slab
    Adopted adopt(long generation) throws IOException {
        try (FileHandle file = FileHandle.openReadWrite(directory.slab(generation))) {
            return adopt(Slab.open(file, generation));
        }
    }

    /// Opens and scans a slab on disk, likewise.
    Adopted adoptStored(Path path, long generation) throws IOException {
        return adopt(Slab.openStored(path, generation));
    }

    private Adopted adopt(Slab slab) {
        List<SlabRecord> records = slab.scan();
        add(slab);
        long resident = slab.stored() == null ? slab.fileBytes() : 0;
        return new Adopted(resident, records, slab.damage());
    }

    private synchronized void add(Slab slab) {
        slabs.put(slab.generation(), slab);
    }

    /// Ends adopting: appending goes on in the emptiest slab that has no damage. Returns the slabs
    /// that hold nothing and are not needed.
    synchronized List<Long> adopted() {
        for (Slab slab : slabs.values()) {
            boolean emptier = current == null || slab.used() < current.used();
            if (emptier && slab.hasRoom(SlabLayout.FILE_BYTES / 8)) {
                current = slab;
            }
        }
        if (current != null) {
            current.clearTail();
        }
        Slab filled = current;
        return slabs.values().stream()
                .filter(slab -> slab.liveRecords() == 0 && slab != filled)
                .map(Slab::generation)
                .toList();
    }

    /// Appends a table and makes its record live. The table counts as put from then on, also after
    /// a crash.
    ///
    /// @param facts generation, key, rows, columns and creation time of the table; its place is
    ///   ignored
    /// @param payload fills the IPC stream; runs under the monitor
    /// @return the record with its place
    /// @throws dev.arrowshelf.store.model.ShelfException `OUT_OF_MEMORY` when a new slab is needed
    ///   and cannot be had
    public SlabRecord append(SlabRecord facts, int payloadBytes, Consumer<MemorySegment> payload)
            throws IOException {
        int keyBytes = facts.key().length();
        while (true) {
            makeRoom(keyBytes, payloadBytes, false);
            SlabRecord record = null;
            synchronized (this) {
                Slab slab = withRoom(keyBytes, payloadBytes);
                if (slab != null) {
                    record = facts.at(slab.nextPlace(keyBytes, payloadBytes));
                    slab.append(record, payload);
                }
            }
            if (record != null) {
                disk.sync(directory.slab(record.place().slab()));
                return record;
            }
        }
    }

    @GuardedBy("this")
    private @Nullable Slab withRoom(int keyBytes, int payloadBytes) {
        Slab slab = current;
        int bytes = SlabLayout.recordBytes(keyBytes, payloadBytes);
        return slab != null && slab.hasRoom(bytes) ? slab : null;
    }

    /// Makes the next slab when the present one is too full for a record. Who waits for memory does
    /// so here, without the lock that others need who give memory back, and before taking the lock
    /// of a key.
    ///
    /// @param patient whether to wait
    /// @throws dev.arrowshelf.store.model.ShelfException `OUT_OF_MEMORY`
    public void makeRoom(int keyBytes, int payloadBytes, boolean patient) throws IOException {
        if (hasRoom(keyBytes, payloadBytes)) {
            return;
        }
        making.lock();
        try {
            if (!hasRoom(keyBytes, payloadBytes)) {
                goOnIn(files.make(patient));
            }
        } finally {
            making.unlock();
        }
    }

    private synchronized boolean hasRoom(int keyBytes, int payloadBytes) {
        return withRoom(keyBytes, payloadBytes) != null;
    }

    private void goOnIn(Slab next) {
        @Nullable Slab emptied;
        synchronized (this) {
            Slab filled = current;
            emptied = filled != null && filled.liveRecords() == 0 ? forget(filled) : null;
            slabs.put(next.generation(), next);
            current = next;
        }
        retire(emptied);
    }

    /// Copies a live record to the slab that is being filled: same table, same generation. The old
    /// record stays live.
    ///
    /// Death between this and withdrawing the old record leaves two live records of one generation;
    /// recovery keeps either.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT` when it lies on disk and is
    ///   damaged, `OUT_OF_MEMORY`
    public SlabRecord move(SlabRecord record) throws IOException {
        byte[] payload = payload(record.place());
        if (payload == null) {
            throw new IllegalStateException(
                    "slab is gone: slab=%016x".formatted(record.place().slab()));
        }
        MemorySegment stream = MemorySegment.ofArray(payload);
        return append(record, payload.length, target -> target.copyFrom(stream));
    }

    /// Copies the live records of slabs for a slab on disk; null when there are none.
    public @Nullable SlabImage image(List<Long> sources) {
        List<SlabRecord> records = new ArrayList<>();
        sources.forEach(source -> records.addAll(liveRecords(source)));
        if (records.isEmpty()) {
            return null;
        }
        long bytes = records.stream().mapToLong(each -> each.place().recordBytes()).sum();
        SlabImage image = new SlabImage(generations.getAsLong(), bytes);
        for (SlabRecord record : records) {
            synchronized (this) {
                Slab slab = slabs.get(record.place().slab());
                if (slab != null && slab.isLive(record.place().recordOffset())) {
                    image.add(record, slab.bytes(record.place()));
                }
            }
        }
        return image.finish();
    }

    /// Takes a slab on disk into service that an image was written to.
    public void addStored(Path path, long generation) throws IOException {
        add(Slab.openStored(path, generation));
    }

    /// Makes a record of a slab on disk live that came there by an image.
    public synchronized void show(SlabPlace place) throws IOException {
        Slab slab = slabs.get(place.slab());
        if (slab == null) {
            throw new IllegalStateException("slab is gone: slab=%016x".formatted(place.slab()));
        }
        slab.show(place.recordOffset());
    }

    /// Returns a copy of a live record's payload; null when its slab is gone.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT` when it lies on disk and is
    ///   damaged
    public synchronized byte @Nullable [] payload(SlabPlace place) {
        Slab slab = slabs.get(place.slab());
        return slab == null ? null : slab.payload(place).toArray(ValueLayout.JAVA_BYTE);
    }

    /// Withdraws a record, and retires its slab when that was the last live one in it. False when
    /// the record was not live.
    public boolean withdraw(SlabPlace place) {
        @Nullable Slab emptied = null;
        synchronized (this) {
            Slab slab = slabs.get(place.slab());
            if (slab == null || !withdrawn(slab, place)) {
                return false;
            }
            if (slab.liveRecords() == 0 && slab != current) {
                emptied = forget(slab);
            }
        }
        retire(emptied);
        return true;
    }

    /// A disk that takes no word has the table again after a restart, unless its slab is removed.
    private static boolean withdrawn(Slab slab, SlabPlace place) {
        try {
            return slab.withdraw(place.recordOffset());
        } catch (IOException failure) {
            LOG.log(Level.ERROR, "record on disk cannot be withdrawn: place=" + place, failure);
            return true;
        }
    }

    /// Says when a record's table ends, 0 for not by itself; false when the record's slab is gone.
    public synchronized boolean setExpires(SlabPlace place, long millis) throws IOException {
        Slab slab = slabs.get(place.slab());
        if (slab == null) {
            return false;
        }
        slab.setExpires(place.recordOffset(), millis);
        return true;
    }

    /// Returns when a record's table ends; 0 for not by itself.
    public synchronized long expires(SlabPlace place) {
        Slab slab = slabs.get(place.slab());
        return slab == null ? 0 : slab.expires(place.recordOffset());
    }

    /// Returns the slabs in memory worth compacting: not being filled, with less than a quarter
    /// live. Emptiest first.
    public List<Long> sparse() {
        return sparse(false);
    }

    /// Returns the slabs on disk worth writing anew, likewise. One with damage is left as it is.
    public List<Long> sparseOnDisk() {
        return sparse(true);
    }

    private synchronized List<Long> sparse(boolean onDisk) {
        Slab filled = current;
        return slabs.values().stream()
                .filter(slab -> slab != filled && (slab.stored() != null) == onDisk)
                .filter(slab -> slab.liveBytes() < slab.fileBytes() / SPARSE_PART)
                .filter(slab -> !onDisk || slab.damage().isEmpty())
                .sorted(Comparator.comparingLong(Slab::liveBytes))
                .map(Slab::generation)
                .toList();
    }

    /// Returns whether records are appended to this slab now.
    public synchronized boolean isFilled(long generation) {
        return current != null && current.generation() == generation;
    }

    /// Appends no more to this slab.
    public synchronized void endFilling(long generation) {
        if (isFilled(generation)) {
            current = null;
        }
    }

    /// Returns the live records of a slab, none when it is gone.
    public synchronized List<SlabRecord> liveRecords(long generation) {
        Slab slab = slabs.get(generation);
        return slab == null ? List.of() : slab.scan();
    }

    /// Retires one slab if it holds nothing and is not being filled.
    public void retireIfEmpty(long generation) {
        @Nullable Slab emptied = null;
        synchronized (this) {
            Slab slab = slabs.get(generation);
            if (slab != null && slab != current && slab.liveRecords() == 0) {
                emptied = forget(slab);
            }
        }
        retire(emptied);
    }

    /// Retires all slabs with everything in them.
    public void retireAll() {
        List<Slab> all;
        synchronized (this) {
            all = new ArrayList<>(slabs.values());
            slabs.clear();
            current = null;
        }
        all.forEach(this::retire);
    }

    /// Returns the number of slabs.
    public synchronized int count() {
        return slabs.size();
    }

    @GuardedBy("this")
    private Slab forget(Slab slab) {
        slabs.remove(slab.generation());
        return slab;
    }

    private void retire(@Nullable Slab slab) {
        if (slab == null) {
            return;
        }
        long bytes = slab.fileBytes();
        Path stored = slab.stored();
        slab.close();
        if (stored == null) {
            supply.retire(slab.generation(), bytes);
        } else {
            supply.removeStored(stored);
        }
    }

    @Override
    public synchronized void close() {
        slabs.values().forEach(Slab::close);
        slabs.clear();
        current = null;
    }
}
