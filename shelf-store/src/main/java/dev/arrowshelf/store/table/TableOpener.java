package dev.arrowshelf.store.table;

import dev.arrowshelf.memory.Region;
import dev.arrowshelf.memory.control.Place;
import dev.arrowshelf.memory.control.Slot;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/// Maps the files that a slot names.
///
/// Thread-safe. Knows the slabs that are mapped, without holding a count of them: one is unmapped
/// when its last table is.
final class TableOpener {
    private static final int MOST_PARTITIONS = 1 << 20;
    private static final HexFormat HEX = HexFormat.of();

    private final Path segments;
    private final Path spill;
    private final SchemaCache schemas = new SchemaCache();
    private final ConcurrentHashMap<Long, SharedRegion> slabs = new ConcurrentHashMap<>();

    TableOpener(Path directory) {
        this.segments = directory.resolve("segments");
        this.spill = directory.resolve("spill");
    }

    /// Maps a table; the caller holds the first count of it.
    ///
    /// @throws java.nio.file.NoSuchFileException when the table is no longer there
    MappedTable open(String name, Slot slot) throws IOException {
        List<SharedRegion> regions =
                slot.location().place() == Place.SLAB
                        ? List.of(slab(name, slot))
                        : segments(name, slot);
        return new MappedTable(name, slot, regions, schemas);
    }

    private List<SharedRegion> segments(String name, Slot slot) throws IOException {
        long partitions = slot.location().locator();
        if (partitions < 1 || partitions > MOST_PARTITIONS) {
            throw corrupt(name, slot, "partitions=" + partitions);
        }
        String generation = HEX.toHexDigits(slot.generation());
        List<SharedRegion> regions = new ArrayList<>((int) partitions);
        try {
            for (int partition = 0; partition < partitions; partition++) {
                String file = generation + '-' + HEX.toHexDigits(partition) + ".arrow";
                boolean mayBeSpilled = slot.location().spilled() > 0;
                regions.add(
                        new SharedRegion(
                                mayBeSpilled
                                        ? anywhere(file)
                                        : Region.mapReadOnly(segments.resolve(file))));
            }
            return regions;
        } catch (Throwable failure) {
            regions.forEach(SharedRegion::release);
            throw failure;
        }
    }

    /// Maps a segment in memory, or the same bytes in whichever spill directory has them.
    private Region anywhere(String file) throws IOException {
        try {
            return Region.mapReadOnly(segments.resolve(file));
        } catch (NoSuchFileException gone) {
            for (int number = 0; ; number++) {
                Path directory = spill.resolve(Integer.toString(number));
                if (!Files.isSymbolicLink(directory)) {
                    throw gone;
                }
                if (!Files.isDirectory(directory)) {
                    continue; // removed, or never came to be: others may have the file
                }
                try {
                    return Region.mapReadOnly(directory.resolve(file));
                } catch (NoSuchFileException elsewhere) {
                    gone.addSuppressed(elsewhere);
                }
            }
        }
    }

    private SharedRegion slab(String name, Slot slot) throws IOException {
        long generation = slot.location().locator();
        SharedRegion slab = slabs.get(generation);
        if (slab == null || !slab.retain()) {
            Path file = segments.resolve(HEX.toHexDigits(generation) + ".slab");
            slab = new SharedRegion(Region.mapReadOnly(file));
            slabs.put(generation, slab);
        }
        long end =
                Integer.toUnsignedLong(slot.location().offset())
                        + Integer.toUnsignedLong(slot.location().length());
        if (end > slab.region().byteSize()) {
            slab.release();
            throw corrupt(name, slot, "payloadEnd=" + end);
        }
        return slab;
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
