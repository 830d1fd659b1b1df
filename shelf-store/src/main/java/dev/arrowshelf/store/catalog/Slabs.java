package dev.arrowshelf.store.catalog;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.memory.FileHandle;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
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

/// All slabs of a shelf, as their one writer sees them.
///
/// Thread-safe: one lock guards the used parts and the counts; a record is filled under it, which
/// takes microseconds, and so is the next slab made, which takes milliseconds every 8 MiB. The
/// caller sees to it that nobody withdraws a record while it is being moved. Owns the mappings of
/// the slabs; [#close] lets go of them and leaves the files.
public final class Slabs implements AutoCloseable {
    /// Length of a slab's file.
    public static final long FILE_BYTES = SlabLayout.FILE_BYTES;

    private static final long SPARSE_BYTES = SlabLayout.FILE_BYTES / 4;

    private final ShelfDirectory directory;
    private final SlabSupply supply;
    private final LongSupplier generations;
    private final DiskSync disk;
    private final ReentrantLock making = new ReentrantLock();
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<Long, Slab> slabs = new HashMap<>();

    @GuardedBy("lock")
    private @Nullable Slab current;

    /// Begins without slabs; [#adopt] brings those that an earlier owner left.
    public Slabs(
            ShelfDirectory directory, SlabSupply supply, LongSupplier generations, DiskSync disk) {
        this.directory = directory;
        this.supply = supply;
        this.generations = generations;
        this.disk = disk;
    }

    /// What a slab that was adopted held.
    ///
    /// @param fileBytes length of the slab file
    /// @param records its live records
    /// @param damage why the scan ended early, if it did
    record Adopted(long fileBytes, List<SlabRecord> records, Optional<String> damage) {}

    /// Opens and scans one slab file, at start. Several threads may adopt different slabs.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT` when the file is no slab
    Adopted adopt(long generation) throws IOException {
        Slab slab;
        try (FileHandle file = FileHandle.openReadWrite(directory.slab(generation))) {
            slab = Slab.open(file, generation);
        }
        Adopted adopted = new Adopted(slab.fileBytes(), slab.scan(), slab.damage());
        lock.lock();
        try {
            slabs.put(generation, slab);
        } finally {
            lock.unlock();
        }
        return adopted;
    }

    /// Ends adopting: appending goes on in the emptiest slab that has no damage. Returns the slabs
    /// that hold nothing and are not needed.
    List<Long> adopted() {
        lock.lock();
        try {
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
        } finally {
            lock.unlock();
        }
    }

    /// Appends a table and makes its record live. The table counts as put from then on, also after
    /// a crash.
    ///
    /// @param facts generation, key, rows, columns and creation time of the table; its place is
    ///   ignored
    /// @param payload fills the IPC stream; runs under the lock
    /// @return the record with its place
    /// @throws dev.arrowshelf.store.model.ShelfException `OUT_OF_MEMORY` when a new slab is needed
    ///   and cannot be had
    public SlabRecord append(SlabRecord facts, int payloadBytes, Consumer<MemorySegment> payload)
            throws IOException {
        int keyBytes = facts.key().length();
        while (true) {
            makeRoom(keyBytes, payloadBytes, false);
            SlabRecord record = null;
            lock.lock();
            try {
                Slab slab = withRoom(keyBytes, payloadBytes);
                if (slab != null) {
                    record = facts.at(slab.nextPlace(keyBytes, payloadBytes));
                    slab.append(record, payload);
                }
            } finally {
                lock.unlock();
            }
            if (record != null) {
                disk.sync(directory.slab(record.place().slab()));
                return record;
            }
        }
    }

    @GuardedBy("lock")
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
                goOnIn(create(patient));
            }
        } finally {
            making.unlock();
        }
    }

    private boolean hasRoom(int keyBytes, int payloadBytes) {
        lock.lock();
        try {
            return withRoom(keyBytes, payloadBytes) != null;
        } finally {
            lock.unlock();
        }
    }

    private void goOnIn(Slab next) {
        @Nullable Slab emptied = null;
        lock.lock();
        try {
            Slab filled = current;
            emptied = filled != null && filled.liveRecords() == 0 ? forget(filled) : null;
            slabs.put(next.generation(), next);
            current = next;
        } finally {
            lock.unlock();
            retire(emptied);
        }
    }

    /// Copies a live record to the slab that is being filled: same table, same generation. The old
    /// record stays live.
    ///
    /// Death between this and withdrawing the old record leaves two live records of one generation;
    /// recovery keeps either.
    public SlabRecord move(SlabRecord record) throws IOException {
        MemorySegment payload;
        lock.lock();
        try {
            payload = require(record.place().slab()).payload(record.place());
        } finally {
            lock.unlock();
        }
        return append(record, record.place().payloadBytes(), target -> target.copyFrom(payload));
    }

    /// Returns a copy of a live record's payload; null when its slab is gone.
    public byte @Nullable [] payload(SlabPlace place) {
        lock.lock();
        try {
            Slab slab = slabs.get(place.slab());
            return slab == null ? null : slab.payload(place).toArray(ValueLayout.JAVA_BYTE);
        } finally {
            lock.unlock();
        }
    }

    /// Withdraws a record, and retires its slab when that was the last live one in it. False when
    /// the record was not live.
    public boolean withdraw(SlabPlace place) {
        @Nullable Slab emptied = null;
        lock.lock();
        try {
            Slab slab = slabs.get(place.slab());
            if (slab == null || !slab.withdraw(place.recordOffset())) {
                return false;
            }
            if (slab.liveRecords() == 0 && slab != current) {
                emptied = forget(slab);
            }
            return true;
        } finally {
            lock.unlock();
            retire(emptied);
        }
    }

    /// Says when a record's table ends, 0 for not by itself; false when the record's slab is gone.
    public boolean setExpires(SlabPlace place, long millis) {
        lock.lock();
        try {
            Slab slab = slabs.get(place.slab());
            if (slab == null) {
                return false;
            }
            slab.setExpires(place.recordOffset(), millis);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /// Returns when a record's table ends; 0 for not by itself.
    public long expires(SlabPlace place) {
        lock.lock();
        try {
            Slab slab = slabs.get(place.slab());
            return slab == null ? 0 : slab.expires(place.recordOffset());
        } finally {
            lock.unlock();
        }
    }

    /// Returns where the record lies whose payload begins at an offset of a slab.
    public SlabPlace placeOf(long slab, int payloadOffset, int payloadBytes, int keyBytes) {
        int recordOffset = payloadOffset - SlabLayout.payloadOffset(keyBytes);
        return new SlabPlace(
                slab,
                recordOffset,
                SlabLayout.recordBytes(keyBytes, payloadBytes),
                payloadOffset,
                payloadBytes);
    }

    /// Returns the slabs worth compacting: not being filled, with less than a quarter of a full
    /// slab live. Emptiest first.
    public List<Long> sparse() {
        lock.lock();
        try {
            Slab filled = current;
            return slabs.values().stream()
                    .filter(slab -> slab != filled && slab.liveBytes() < SPARSE_BYTES)
                    .sorted(Comparator.comparingLong(Slab::liveBytes))
                    .map(Slab::generation)
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    /// Returns whether records are appended to this slab now.
    public boolean isFilled(long generation) {
        lock.lock();
        try {
            return current != null && current.generation() == generation;
        } finally {
            lock.unlock();
        }
    }

    /// Returns the live records of a slab, none when it is gone.
    public List<SlabRecord> liveRecords(long generation) {
        lock.lock();
        try {
            Slab slab = slabs.get(generation);
            return slab == null ? List.of() : slab.scan();
        } finally {
            lock.unlock();
        }
    }

    /// Retires one slab if it holds nothing and is not being filled.
    public void retireIfEmpty(long generation) {
        @Nullable Slab emptied = null;
        lock.lock();
        try {
            Slab slab = slabs.get(generation);
            if (slab != null && slab != current && slab.liveRecords() == 0) {
                emptied = forget(slab);
            }
        } finally {
            lock.unlock();
        }
        retire(emptied);
    }

    /// Retires all slabs with everything in them.
    public void retireAll() {
        List<Slab> all;
        lock.lock();
        try {
            all = new ArrayList<>(slabs.values());
            slabs.clear();
            current = null;
        } finally {
            lock.unlock();
        }
        all.forEach(this::retire);
    }

    /// Returns the number of slabs.
    public int count() {
        lock.lock();
        try {
            return slabs.size();
        } finally {
            lock.unlock();
        }
    }

    private Slab create(boolean patient) throws IOException {
        long generation = generations.getAsLong();
        SlabSupply.Raw file = supply.create(SlabLayout.FILE_BYTES, patient);
        try {
            Slab slab = Slab.format(file, generation);
            try {
                // Death before the rename: a file in tmp/, swept at start. After it: an empty slab.
                Files.move(
                        file.handle().path(),
                        directory.slab(generation),
                        StandardCopyOption.ATOMIC_MOVE);
                disk.sync(directory.segments());
            } catch (IOException | RuntimeException failure) {
                slab.close();
                throw failure;
            }
            supply.placed(file);
            return slab;
        } catch (IOException | RuntimeException failure) {
            supply.abandon(file);
            throw failure;
        }
    }

    @GuardedBy("lock")
    private Slab require(long generation) {
        Slab slab = slabs.get(generation);
        if (slab == null) {
            throw new IllegalStateException("slab is gone: slab=%016x".formatted(generation));
        }
        return slab;
    }

    @GuardedBy("lock")
    private Slab forget(Slab slab) {
        slabs.remove(slab.generation());
        return slab;
    }

    private void retire(@Nullable Slab slab) {
        if (slab != null) {
            long bytes = slab.fileBytes();
            slab.close();
            supply.retire(slab.generation(), bytes);
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            slabs.values().forEach(Slab::close);
            slabs.clear();
            current = null;
        } finally {
            lock.unlock();
        }
    }
}
