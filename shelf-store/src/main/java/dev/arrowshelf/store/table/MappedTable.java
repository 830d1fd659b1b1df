package dev.arrowshelf.store.table;

import dev.arrowshelf.memory.control.Place;
import dev.arrowshelf.memory.control.Slot;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/// One generation of a table as this process has it mapped. What lies in the files is read when it
/// is first asked for.
///
/// Thread-safe. Counted: the cache, each handle, each reader and each Arrow allocation made of the
/// mapping hold one count; the last one unmaps. Using the content needs a count.
final class MappedTable {
    private final String name;
    private final Slot slot;
    private final List<SharedRegion> regions;
    private final SchemaCache schemas;
    private final AtomicInteger users = new AtomicInteger(1);
    private final AtomicReferenceArray<Partition> partitions;
    private volatile long lastUse;

    /// Uses since they were stamped last; threads may lose some of each other's, which advice can
    /// bear.
    private int uses;

    /// Takes over one count of each region.
    MappedTable(String name, Slot slot, List<SharedRegion> regions, SchemaCache schemas) {
        this.name = name;
        this.slot = slot;
        this.regions = List.copyOf(regions);
        this.schemas = schemas;
        this.partitions = new AtomicReferenceArray<>(regions.size());
    }

    String name() {
        return name;
    }

    Slot slot() {
        return slot;
    }

    /// Returns whether a slot names these very bytes.
    boolean isAt(Slot other) {
        return slot.generation() == other.generation() && slot.location().equals(other.location());
    }

    int partitionCount() {
        return regions.size();
    }

    TableInfo info() {
        return info(name, slot);
    }

    static TableInfo info(String name, Slot slot) {
        boolean slab = slot.location().place() == Place.SLAB;
        return new TableInfo(
                name,
                slot.generation(),
                slot.figures().rows(),
                slot.figures().bytes(),
                slot.figures().columns(),
                slab ? 1 : Math.toIntExact(slot.location().locator()),
                slot.figures().createdMillis());
    }

    /// Returns what a partition holds.
    Partition partition(int index) {
        Partition known = partitions.getAcquire(index);
        if (known != null) {
            return known;
        }
        Partition read = undamaged(index, () -> read(index));
        partitions.setRelease(index, read);
        return read;
    }

    /// Returns the IPC messages of a partition where they lie.
    StoredMessages messages(int index) {
        Objects.checkIndex(index, regions.size());
        return undamaged(
                index,
                () ->
                        slot.location().place() == Place.SEGMENTS
                                ? StoredMessages.ofSegment(bytes(index))
                                : StoredMessages.ofPayload(bytes(index)));
    }

    private <T> T undamaged(int index, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (ShelfException | IndexOutOfBoundsException damaged) {
            if (damaged instanceof ShelfException known
                    && known.code() == ErrorCode.UNSUPPORTED_IPC) {
                throw known;
            }
            throw new ShelfException(
                    ErrorCode.CORRUPT,
                    "table cannot be read: name=%s, generation=%d, partition=%d"
                            .formatted(name, slot.generation(), index),
                    damaged);
        }
    }

    private Partition read(int index) {
        long address = regions.get(index).region().address();
        if (slot.location().place() == Place.SEGMENTS) {
            return Partition.ofSegment(bytes(index), address, schemas);
        }
        return Partition.ofPayload(bytes(index), address + payloadOffset(), schemas);
    }

    /// Returns the bytes of a partition: a whole segment, or a payload in a slab.
    MemorySegment bytes(int index) {
        MemorySegment file = regions.get(index).region().segment();
        if (slot.location().place() == Place.SEGMENTS) {
            return file;
        }
        return file.asSlice(payloadOffset(), Integer.toUnsignedLong(slot.location().length()));
    }

    private long payloadOffset() {
        return Integer.toUnsignedLong(slot.location().offset());
    }

    /// Takes a count; false when the table was unmapped already.
    boolean retain() {
        int seen = users.get();
        while (seen > 0) {
            int before = users.compareAndExchange(seen, seen + 1);
            if (before == seen) {
                return true;
            }
            seen = before;
        }
        return false;
    }

    /// Gives a count back.
    void release() {
        if (users.decrementAndGet() == 0) {
            regions.forEach(SharedRegion::release);
        }
    }

    /// Returns whether only the cache has it.
    boolean isIdle() {
        return users.get() == 1;
    }

    /// Returns the mappings that unmapping it gives back, at most.
    int mappings() {
        return regions.size();
    }

    /// Counts a use; returns whether it is the first since uses were stamped.
    boolean use() {
        return uses++ == 0;
    }

    /// Returns the uses since the last call.
    int takeUses() {
        int taken = uses;
        uses = 0;
        return taken;
    }

    void usedAt(long nanoTime) {
        lastUse = nanoTime;
    }

    long lastUse() {
        return lastUse;
    }
}
