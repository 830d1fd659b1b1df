package dev.arrowshelf.store.table;

import dev.arrowshelf.memory.control.Slot;
import dev.arrowshelf.store.catalog.Descriptor;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.mapping.PartitionBytes;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// One generation of a table as this process has it mapped. What lies in the files is read when it
/// is first asked for.
///
/// Thread-safe. Counted: the cache, each handle, each reader and each Arrow allocation made of the
/// mapping hold one count; the last one unmaps. Using the content needs a count.
final class MappedTable {
    private final String name;
    private final Slot slot;
    private final @Nullable Descriptor descriptor;
    private final List<PartitionBytes> bytes;
    private final SchemaCache schemas;
    private final AtomicInteger users = new AtomicInteger(1);
    private final AtomicReferenceArray<Partition> partitions;
    private volatile long lastUse;

    /// Uses since they were stamped last; threads may lose some of each other's, which advice can
    /// bear.
    private int uses;

    /// Takes over one count of each partition.
    ///
    /// @param descriptor what the table consists of; null where the mapped bytes tell
    MappedTable(
            String name,
            Slot slot,
            @Nullable Descriptor descriptor,
            List<? extends PartitionBytes> bytes,
            SchemaCache schemas) {
        this.descriptor = descriptor;
        this.name = name;
        this.slot = slot;
        this.bytes = List.copyOf(bytes);
        this.schemas = schemas;
        this.partitions = new AtomicReferenceArray<>(bytes.size());
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
        return bytes.size();
    }

    TableInfo info() {
        return info(name, slot);
    }

    static TableInfo info(String name, Slot slot) {
        return new TableInfo(
                name,
                slot.generation(),
                slot.figures().rows(),
                slot.figures().bytes(),
                slot.figures().columns(),
                slot.location().partitions(),
                slot.figures().createdMillis());
    }

    /// Returns what a partition holds.
    Partition partition(int index) {
        Partition known = partitions.getAcquire(index);
        if (known != null) {
            return known;
        }
        Partition read = undamaged(index, bytes(index), this::read);
        partitions.setRelease(index, read);
        return read;
    }

    /// Returns the schema as declared, without reading a partition where the descriptor has it.
    Schema schema() {
        Descriptor known = descriptor;
        return known == null
                ? partition(0).schema()
                : undamaged(0, MemorySegment.ofArray(known.schema()), schemas::schema);
    }

    /// Returns the rows of a partition, without reading it where the descriptor tells.
    long rows(int index) {
        Descriptor known = descriptor;
        return known == null ? partition(index).rows() : known.partitions().get(index).rows();
    }

    /// Returns the IPC messages of a partition where they lie.
    StoredMessages messages(int index) {
        return undamaged(index, bytes(index), this::messages);
    }

    /// Returns the IPC messages of a partition without reading what they hold: it may lie on disk
    /// still, unchecked. Their bodies are to be had from [#bytes], which checks.
    StoredMessages outline(int index) {
        return undamaged(index, part(bytes.get(index).unchecked()), this::messages);
    }

    private StoredMessages messages(MemorySegment part) {
        return slot.location().isInSlab()
                ? StoredMessages.ofPayload(part)
                : StoredMessages.ofSegment(part);
    }

    private <T> T undamaged(int index, MemorySegment part, Function<MemorySegment, T> reading) {
        try {
            return reading.apply(part);
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

    private Partition read(MemorySegment part) {
        return slot.location().isInSlab()
                ? Partition.ofPayload(part, part.address(), schemas)
                : Partition.ofSegment(part, part.address(), schemas);
    }

    /// Returns the bytes of a partition: a whole segment, or a payload in a slab. One on disk is
    /// brought back or checked now.
    MemorySegment bytes(int index) {
        return part(bytes.get(index).segment());
    }

    private MemorySegment part(MemorySegment file) {
        if (!slot.location().isInSlab()) {
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
            bytes.forEach(PartitionBytes::release);
        }
    }

    /// Returns whether only the cache has it.
    boolean isIdle() {
        return users.get() == 1;
    }

    /// Returns the mappings that unmapping it gives back, at most.
    int mappings() {
        return bytes.size();
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
