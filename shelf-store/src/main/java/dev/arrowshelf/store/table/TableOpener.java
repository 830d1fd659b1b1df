package dev.arrowshelf.store.table;

import dev.arrowshelf.memory.NoSpaceException;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.memory.control.Place;
import dev.arrowshelf.memory.control.Slot;
import dev.arrowshelf.store.catalog.Descriptor;
import dev.arrowshelf.store.catalog.Descriptors;
import dev.arrowshelf.store.catalog.SlabRecord;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.evict.Recaller;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillPlace;
import dev.arrowshelf.store.table.mapping.PartitionBytes;
import dev.arrowshelf.store.table.mapping.SharedRegion;
import dev.arrowshelf.store.table.mapping.SpilledBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Maps the files that a slot names.
///
/// Thread-safe. Knows the slabs that are mapped, without holding a count of them: one is unmapped
/// when its last table is.
final class TableOpener {
    private static final int MOST_PARTITIONS = 1 << 20;
    private static final HexFormat HEX = HexFormat.of();

    private final Path segments;
    private final Path tables;
    private final Path spill;
    private final TableSpace.Recall recall;
    private final SchemaCache schemas = new SchemaCache();
    private final ConcurrentHashMap<Long, SharedRegion> slabs = new ConcurrentHashMap<>();

    /// @param recall makes spilled partitions readable, when they are needed
    TableOpener(Path directory, TableSpace.Recall recall) {
        this.segments = directory.resolve("segments");
        this.tables = directory.resolve("tables");
        this.recall = recall;
        this.spill = directory.resolve("spill");
    }

    /// Maps a table; the caller holds the first count of it.
    ///
    /// @throws java.nio.file.NoSuchFileException when the table is no longer there
    MappedTable open(String name, Slot slot) throws IOException {
        if (slot.location().isInSlab()) {
            return new MappedTable(name, slot, null, List.of(slab(name, slot)), schemas);
        }
        long partitions = slot.location().locator();
        if (partitions < 1 || partitions > MOST_PARTITIONS) {
            throw corrupt(name, slot, "partitions=" + partitions);
        }
        Descriptor table = slot.location().spilled() == 0 ? null : descriptor(name, slot);
        List<PartitionBytes> bytes = new ArrayList<>((int) partitions);
        try {
            for (int partition = 0; partition < partitions; partition++) {
                bytes.add(partition(name, slot, table, partition));
            }
            return new MappedTable(name, slot, table, bytes, schemas);
        } catch (Throwable failure) {
            bytes.forEach(PartitionBytes::release);
            throw failure;
        }
    }

    private Descriptor descriptor(String name, Slot slot) throws IOException {
        Path path = tables.resolve(HEX.toHexDigits(slot.generation()) + ".table");
        Descriptor table = Descriptors.read(path, slot.generation());
        if (table.partitions().size() != slot.location().locator()) {
            throw corrupt(name, slot, "partitions=" + table.partitions().size());
        }
        return table;
    }

    private PartitionBytes partition(
            String name, Slot slot, @Nullable Descriptor table, int partition) throws IOException {
        String file =
                HEX.toHexDigits(slot.generation()) + '-' + HEX.toHexDigits(partition) + ".arrow";
        Path segment = segments.resolve(file);
        Descriptor.Partition described = table == null ? null : table.partitions().get(partition);
        SpillPlace place = described == null ? null : described.spilled();
        if (described == null || place == null) {
            return new SharedRegion(Region.mapReadOnly(segment));
        }
        byte[] key = TableName.toKey(name);
        Supplier<Recaller.Answer> owner = () -> recall.recall(key, slot.generation(), partition);
        Path stored =
                spill.resolve(Integer.toString(place.directory()))
                        .resolve(file + place.codec().suffix());
        return new SpilledBytes(segment, stored, mapped(stored), described.bytes(), place, owner);
    }

    /// Maps a file on disk; null when it cannot be had: it moved meanwhile, or somebody took it,
    /// and whoever needs it hears of it.
    private static @Nullable Region mapped(Path stored) throws IOException {
        try {
            return Files.size(stored) == 0 ? null : Region.mapReadOnly(stored);
        } catch (NoSpaceException noMapping) {
            throw noMapping;
        } catch (IOException _) { // the owner finds the same, and says so
            return null;
        }
    }

    private SharedRegion slab(String name, Slot slot) throws IOException {
        boolean onDisk = slot.location().place() == Place.SPILLED_SLAB;
        long generation = slot.location().locator();
        SharedRegion slab = slabs.get(generation);
        if (slab == null || !slab.retain()) {
            String file = HEX.toHexDigits(generation) + ".slab";
            slab =
                    new SharedRegion(
                            onDisk ? onDisk(file) : Region.mapReadOnly(segments.resolve(file)));
            slabs.put(generation, slab);
        }
        long end =
                Integer.toUnsignedLong(slot.location().offset())
                        + Integer.toUnsignedLong(slot.location().length());
        if (end > slab.segment().byteSize()) {
            slab.release();
            throw corrupt(name, slot, "payloadEnd=" + end);
        }
        if (onDisk && !isWhole(slab, name, slot)) {
            slab.release();
            throw new ShelfException(
                    ErrorCode.CORRUPT,
                    "record on disk is damaged: name=%s, slab=%016x, offset=%d"
                            .formatted(name, generation, slot.location().offset()));
        }
        return slab;
    }

    private static boolean isWhole(SharedRegion slab, String name, Slot slot) {
        return SlabRecord.isIn(
                slab.segment(),
                TableKey.of(TableName.toKey(name)),
                slot.generation(),
                slot.location().offset(),
                slot.location().length());
    }

    /// Maps a slab that lies in one of the spill directories.
    private Region onDisk(String file) throws IOException {
        Path folder = spill.resolve("0");
        for (int number = 0; Files.isSymbolicLink(folder); number++) {
            try {
                return Region.mapReadOnly(folder.resolve(file));
            } catch (NoSuchFileException _) { // in another one
                folder = spill.resolve(Integer.toString(number + 1));
            }
        }
        throw new NoSuchFileException(spill.resolve(file).toString());
    }

    /// Forgets slabs that are unmapped.
    void forgetUnmappedSlabs() {
        slabs.values().removeIf(SharedRegion::isUnmapped);
    }

    private static ShelfException corrupt(String name, Slot slot, String numbers) {
        return new ShelfException(
                ErrorCode.CORRUPT,
                "slot names an impossible place: name=%s, generation=%d, %s"
                        .formatted(name, slot.generation(), numbers));
    }
}
